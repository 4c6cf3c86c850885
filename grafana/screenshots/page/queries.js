// What Grafana asks Prometheus for a panel: its variables, its range and its step.
import { dateMath, dateTime, rangeUtil } from "@grafana/data";

const SCRAPE = 15; // s, what the provisioned data source is told
const RATE_SCRAPES = 4; // $__rate_interval is at least so many scrapes

/** The time range of a panel: its own, or the dashboard's. */
export function rangeOf(panel, from) {
  const raw = rangeUtil.describeTextRange(panel.timeFrom ?? from);
  return {
    from: dateMath.toDateTime(raw.from, { roundUp: false }) ?? dateTime(),
    to: dateTime(),
    raw: { from: raw.from, to: raw.to },
    text: panel.timeFrom && !panel.hideTimeOverride ? raw.display : "",
  };
}

/** The answers to a panel's targets: [{target, step, result}]. */
export function ask(server, panel, range, width, variables) {
  return Promise.all(
    panel.targets.map(async (target) => {
      const least = target.interval ?? panel.interval ?? `${SCRAPE}s`;
      const points = panel.maxDataPoints ?? width;
      const step = rangeUtil.calculateInterval(range, points, least).intervalMs / 1000;
      const query = filled(target.expr, { ...variables, ...ownVariables(range, step) });
      const found = await fetched(server, query, range, target.instant ? 0 : step);
      return { target, step, result: found };
    }),
  );
}

function ownVariables(range, step) {
  const seconds = Math.round((range.to - range.from) / 1000);
  const rate = Math.max(step + SCRAPE, RATE_SCRAPES * SCRAPE);
  return {
    __interval: `${step}s`,
    __interval_ms: `${step * 1000}`,
    __range: `${seconds}s`,
    __range_s: `${seconds}`,
    __rate_interval: `${rate}s`,
  };
}

function filled(text, variables) {
  // "$1" is no variable but a group of label_replace, for PromQL to fill in.
  return text.replace(/\$(?:\{([a-z_]\w*)\}|([a-z_]\w*))/gi, (whole, braced, plain) => {
    const value = variables[braced ?? plain];
    if (value === undefined) {
      throw new Error(`${whole} is no variable`);
    }
    return value;
  });
}

/** The series of a query; each has `values`, also where it is asked of one moment. */
async function fetched(server, query, range, step) {
  const to = range.to / 1000;
  const parameters = { query, time: to };
  if (step) {
    parameters.start = Math.floor(range.from / 1000 / step) * step;
    parameters.end = Math.floor(to / step) * step;
    parameters.step = step;
  }
  const path = step ? "query_range" : "query";
  const answer = await fetch(`${server}/api/v1/${path}`, {
    method: "POST",
    body: new URLSearchParams(parameters),
  });
  const { status, error, data } = await answer.json();
  if (status !== "success") {
    throw new Error(`${query}: ${error}`);
  }
  return data.result.map(({ metric, value, values }) => ({
    metric,
    values: values ?? [value],
  }));
}
