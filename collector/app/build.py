"""From what a person wrote to the settings of each part."""

from collector.config.schema import Config
from collector.radio.radio_settings import RadioSettings
from collector.simulator.settings import SimulatorSettings


def line_speed(config: Config) -> float:
    """Return how many seconds pass on the service's clock in a real one."""
    return config.radio.simulator.speed if config.radio.simulated else 1.0


def simulator_settings(config: Config) -> SimulatorSettings:
    """Return the simulator that the configuration asks for."""
    asked = config.radio.simulator
    return SimulatorSettings(
        relays=asked.relays,
        firmware=asked.firmware,
        scenario=asked.scenario,
        seed=asked.seed,
    )


def radio_settings(config: Config, path: str) -> RadioSettings:
    """Return how to open the coordinator at `path`."""
    radio = config.radio
    return RadioSettings(
        path=path,
        database=config.data_dir / "zigbee.db",
        baudrate=radio.baudrate,
        form_network=radio.form_network or radio.simulated,
        channel=radio.channel,
        open_seconds=radio.open_timeout_seconds,
        silence_seconds=radio.silence_seconds,
        ping_seconds=radio.ping_timeout_seconds,
        retry_first_seconds=radio.reconnect_seconds,
        retry_last_seconds=radio.reconnect_max_seconds,
    )
