// The panels that Grafana's libraries can draw: each as its dashboard's JSON says.
import {
  FieldType,
  ReducerID,
  VizOrientation,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
} from "@grafana/data";
import { BarGauge, BigValue, Table, TimeSeries, VizRepeater } from "@grafana/ui";
import { fieldConfig } from "./frames.js";

const same = (text) => text;

function valuesOf({ panel, frames, theme, timeZone }, sparkline) {
  return getFieldDisplayValues({
    data: frames,
    fieldConfig: fieldConfig(panel),
    reduceOptions: panel.options.reduceOptions ?? { calcs: [ReducerID.lastNotNull] },
    replaceVariables: same,
    sparkline,
    theme,
    timeZone,
  });
}

function Repeated({ of, sparkline, children, ...how }) {
  return (
    <VizRepeater
      source={of.frames}
      getValues={() => valuesOf(of, sparkline)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={children}
      renderCounter={0}
      width={of.width}
      height={of.height}
      orientation={of.panel.options.orientation ?? VizOrientation.Auto}
      {...how}
    />
  );
}

function Stat(props) {
  const { options } = props.panel;
  return (
    <Repeated of={props} sparkline={options.graphMode !== "none"} autoGrid>
      {({ value, width, height, count, alignmentFactors }) => (
        <BigValue
          value={value.display}
          sparkline={value.sparkline}
          width={width}
          height={height}
          count={count}
          alignmentFactors={alignmentFactors}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode}
          wideLayout={options.wideLayout}
          text={options.text}
          theme={props.theme}
        />
      )}
    </Repeated>
  );
}

function Bars(props) {
  const { options } = props.panel;
  return (
    <Repeated
      of={props}
      itemSpacing={10}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
    >
      {({ value, width, height, orientation, alignmentFactors }) => (
        <BarGauge
          value={value.display}
          field={value.field}
          display={value.view?.getFieldDisplayProcessor(value.colIndex)}
          width={width}
          height={height}
          orientation={orientation}
          alignmentFactors={alignmentFactors}
          displayMode={options.displayMode}
          namePlacement={options.namePlacement}
          showUnfilled={options.showUnfilled}
          valueDisplayMode={options.valueMode}
          itemSpacing={10}
          lcdCellWidth={12}
          text={options.text}
          theme={props.theme}
        />
      )}
    </Repeated>
  );
}

function Lines({ panel, frames, width, height, range, timeZone }) {
  return (
    <TimeSeries
      frames={frames.filter(({ fields }) =>
        fields.some(({ type }) => type === FieldType.number),
      )}
      width={width}
      height={height}
      timeRange={range}
      timeZone={timeZone}
      legend={panel.options.legend}
      options={panel.options}
    />
  );
}

function Rows({ panel, frames, width, height, range }) {
  return (
    <Table
      data={frames[0]}
      width={width}
      height={height}
      cellHeight={panel.options?.cellHeight}
      initialSortBy={panel.options?.sortBy}
      showTypeIcons={false}
      timeRange={range}
    />
  );
}

/** Panel type -> what draws it. The others are no part of Grafana's libraries. */
export const DRAWN = { stat: Stat, bargauge: Bars, timeseries: Lines, table: Rows };
