// Draws the dashboard that the address names, then says so in document.body.dataset.
import "@fontsource/inter/latin-400.css";
import "@fontsource/inter/latin-500.css";
import { EventBusSrv, ThemeContext, createTheme } from "@grafana/data";
import {
  GlobalStyles,
  Icon,
  PanelChrome,
  PanelContextProvider,
  Text,
} from "@grafana/ui";
import { createRoot } from "react-dom/client";
import { framesOf } from "./frames.js";
import { DRAWN } from "./panels.jsx";
import { ask, rangeOf } from "./queries.js";

const COLUMNS = 24; // of Grafana's grid; a row of it is CELL high
const CELL = 30;
const GAP = 8;
const EDGE = 16;

const theme = createTheme({ colors: { mode: "dark" } });
const timeZone = "browser";
const given = Object.fromEntries(new URLSearchParams(location.search));
const variables = { site: ".*", relay: given.relay };

const across = (cells) => {
  const column = (innerWidth - 2 * EDGE - (COLUMNS - 1) * GAP) / COLUMNS;
  return cells * column + (cells - 1) * GAP;
};
const down = (cells) => cells * CELL + (cells - 1) * GAP;

async function prepared(panel) {
  if (panel.type === "row") {
    return { panel };
  }
  const width = Math.floor(across(panel.gridPos.w));
  const range = rangeOf(panel, given.from);
  const answers = await ask(given.server, panel, range, width, variables);
  const frames = await framesOf(panel, answers, theme, timeZone);
  if (!frames.some(({ length }) => length)) {
    throw new Error(`${panel.title} has no data`);
  }
  return { panel, width, range, frames };
}

function Range({ text }) {
  return (
    <PanelChrome.TitleItem>
      <Icon name="clock-nine" size="sm" />
      <span style={{ whiteSpace: "nowrap" }}>&nbsp;{text}</span>
    </PanelChrome.TitleItem>
  );
}

function Drawn({ panel, width, range, frames }) {
  if (panel.type === "row") {
    return (
      <div style={{ gridColumn: "1 / -1", alignSelf: "center" }}>
        <Text variant="h5">{panel.title}</Text>
      </div>
    );
  }
  const { w, h } = panel.gridPos;
  const Panel = DRAWN[panel.type];
  return (
    <div style={{ gridColumn: `span ${w}`, gridRow: `span ${h}` }}>
      <PanelChrome
        title={panel.title}
        description={panel.description}
        width={width}
        height={down(h)}
        padding={panel.type === "table" ? "none" : "md"}
        titleItems={range.text && <Range text={range.text} />}
      >
        {(innerWidth, innerHeight) => (
          <Panel
            panel={panel}
            frames={frames}
            width={innerWidth}
            height={innerHeight}
            range={range}
            theme={theme}
            timeZone={timeZone}
          />
        )}
      </PanelChrome>
    </div>
  );
}

function Dashboard({ drawn }) {
  const grid = {
    display: "grid",
    gap: GAP,
    gridAutoRows: CELL,
    gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))`,
    padding: EDGE,
  };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PanelContextProvider value={{ eventBus: new EventBusSrv(), eventsScope: "" }}>
        <div style={grid}>
          {drawn.map((each) => (
            <Drawn key={each.panel.id} {...each} />
          ))}
        </div>
      </PanelContextProvider>
    </ThemeContext.Provider>
  );
}

/** The panels of the picture: those of its rows that it has and that can be drawn. */
function chosen(panels) {
  const { rows, without = [] } = JSON.parse(given.choice);
  let row = "";
  return panels.filter(({ type, title }) => {
    row = type === "row" ? title : row;
    const wanted = rows.includes(row) && !without.includes(title);
    return wanted && (type === "row" || type in DRAWN);
  });
}

const board = await (await fetch(`/dashboards/${given.dashboard}.json`)).json();
const drawn = await Promise.all(chosen(board.panels).map(prepared));
createRoot(document.getElementById("root")).render(<Dashboard drawn={drawn} />);
document.body.dataset.drawn = drawn.length;
