// Answers of Prometheus as Grafana's data frames, with a panel's field settings applied.
import {
  FieldType,
  Registry,
  applyFieldOverrides,
  identityOverrideProcessor,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from "@grafana/data";
import { lastValueFrom } from "rxjs";

const DEFAULTS = {
  color: { mode: "thresholds" },
  thresholds: {
    mode: "absolute",
    steps: [
      { value: null, color: "green" },
      { value: 80, color: "red" },
    ],
  },
};
// What Grafana's panel plugins take where a dashboard says nothing.
const OF_TYPE = {
  timeseries: {
    color: { mode: "palette-classic" },
    custom: {
      axisBorderShow: false,
      axisColorMode: "text",
      axisPlacement: "auto",
      barAlignment: 0,
      barWidthFactor: 0.6,
      drawStyle: "line",
      fillOpacity: 0,
      gradientMode: "none",
      hideFrom: { legend: false, tooltip: false, viz: false },
      lineInterpolation: "linear",
      lineWidth: 1,
      pointSize: 5,
      scaleDistribution: { type: "linear" },
      showPoints: "auto",
      spanNulls: false,
      thresholdsStyle: { mode: "off" },
    },
  },
  table: {
    custom: { align: "auto", cellOptions: { type: "auto" }, inspect: false },
  },
};
const STANDARD = [
  "color",
  "decimals",
  "description",
  "displayName",
  "links",
  "mappings",
  "max",
  "min",
  "noValue",
  "thresholds",
  "unit",
];
const CUSTOM = [
  ...Object.keys(OF_TYPE.timeseries.custom),
  ...Object.keys(OF_TYPE.table.custom),
  "axisLabel",
  "axisSoftMax",
  "axisSoftMin",
  "lineStyle",
  "minWidth",
  "stacking",
  "width",
];

const setting = (id, path, isCustom) => ({
  id,
  path,
  isCustom,
  name: id,
  process: identityOverrideProcessor,
  shouldApply: () => true,
});
const SETTINGS = new Registry(() => [
  ...STANDARD.map((id) => setting(id, id, false)),
  ...CUSTOM.map((id) => setting(`custom.${id}`, id, true)),
]);

// One of them is there under two names.
standardTransformersRegistry.setInit(() =>
  Object.values(standardTransformers)
    .filter(({ id }, at, all) => all.findIndex((each) => each.id === id) === at)
    .map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation,
    })),
);

/** The field settings of a panel with all defaults. */
export function fieldConfig(panel) {
  const { defaults, overrides } = panel.fieldConfig;
  const own = OF_TYPE[panel.type] ?? {};
  const merged = { ...DEFAULTS, ...own, ...defaults };
  merged.custom = { ...own.custom, ...defaults.custom };
  const steps = merged.thresholds.steps.map((step) => ({
    ...step,
    // JSON has no infinity: the first step of a saved dashboard is null.
    value: step.value ?? -Infinity,
  }));
  return {
    defaults: { ...merged, thresholds: { ...merged.thresholds, steps } },
    overrides,
  };
}

/** The frames that a panel draws. */
export async function framesOf(panel, answers, theme, timeZone) {
  const frames = answers.flatMap(({ target, step, result }) =>
    target.format === "table"
      ? [asTable(target, result, answers.length)]
      : result.map((series) => asSeries(target, step, series)),
  );
  const data = await lastValueFrom(
    transformDataFrame(panel.transformations ?? [], frames),
  );
  return applyFieldOverrides({
    data,
    fieldConfig: fieldConfig(panel),
    fieldConfigRegistry: SETTINGS,
    replaceVariables: (text) => text,
    theme,
    timeZone,
  });
}

function asSeries(target, step, { metric, values }) {
  const { __name__: _, ...labels } = metric;
  const interval = step * 1000; // a greater distance of two points is a gap
  return {
    refId: target.refId,
    length: values.length,
    fields: [
      field(
        "Time",
        FieldType.time,
        values.map(([at]) => at * 1000),
        { interval },
      ),
      {
        ...field(
          "Value",
          FieldType.number,
          values.map(([, value]) => Number(value)),
          {
            displayNameFromDS: named(target.legendFormat, metric),
          },
        ),
        labels,
      },
    ],
  };
}

function named(legend, metric) {
  if (legend === "__auto" || !legend) {
    return undefined;
  }
  return legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? "");
}

function asTable(target, result, count) {
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))];
  const last = result.map(({ values }) => values.at(-1));
  const value = count > 1 ? `Value #${target.refId}` : "Value";
  return {
    refId: target.refId,
    length: result.length,
    fields: [
      field(
        "Time",
        FieldType.time,
        last.map(([at]) => at * 1000),
      ),
      ...labels.sort().map((label) =>
        field(
          label,
          FieldType.string,
          result.map(({ metric }) => metric[label] ?? ""),
        ),
      ),
      field(
        value,
        FieldType.number,
        last.map(([, text]) => Number(text)),
      ),
    ],
  };
}

function field(name, type, values, config = {}) {
  return { name, type, values, config };
}
