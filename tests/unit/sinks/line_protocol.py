"""A reader of line protocol that knows nothing of the writer.

After InfluxDB's documentation: outside quotes a `\\` before `,`, `=`, or a space takes
their meaning away, and stands for itself elsewhere; in quotes it does so before `"` and `\\`.
"""

from dataclasses import dataclass, field

Value = float | int | str | bool


@dataclass
class Read:
    """One point as it was read."""

    measurement: str
    tags: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Value] = field(default_factory=dict)
    at: int = 0


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def take(self, wanted: str) -> None:
        assert self.peek() == wanted, (wanted, self.text[self.place :])
        self.place += 1

    def word(self, ends: str) -> str:
        """Read to one of `ends` that no backslash stands before."""
        read = ""
        while self.peek() and self.peek() not in ends:
            if self.peek() == "\\" and self.text[self.place + 1 :][:1] in {*",= "}:
                self.place += 1
            read += self.peek()
            self.place += 1
        assert read
        return read

    def quoted(self) -> str:
        self.take('"')
        read = ""
        while self.peek() != '"':
            if self.peek() == "\\" and self.text[self.place + 1] in {*'"\\'}:
                self.place += 1
            read += self.text[self.place]
            self.place += 1
        self.take('"')
        return read

    def value(self) -> Value:
        if self.peek() == '"':
            return self.quoted()
        word = self.word(", ")
        if word in {"true", "false"}:
            return word == "true"
        return int(word[:-1]) if word.endswith("i") else float(word)


def read_line(text: str) -> Read:
    """Read one line; AssertionError, ValueError or IndexError where it is none."""
    assert not {*text} & {"\n", "\r", "\0"}
    reader = _Reader(text)
    read = Read(reader.word(", "))
    while reader.peek() == ",":
        reader.take(",")
        key = reader.word("=, ")
        reader.take("=")
        assert key not in read.tags
        read.tags[key] = reader.word("=, ")
    reader.take(" ")
    while True:
        key = reader.word("=, ")
        reader.take("=")
        assert key not in read.fields
        read.fields[key] = reader.value()
        if reader.peek() != ",":
            break
        reader.take(",")
    reader.take(" ")
    read.at = int(text[reader.place :])
    return read
