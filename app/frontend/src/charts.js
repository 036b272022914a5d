// Charts out of <div data-chart="…">; the figures also stand as a table below each chart (macro charts.chart).
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { calm, keepPicture, offerPicture, onThemeChange, textLook, tokensOf, tooltipLook, writer } from "./chart-kit.js";

use([BarChart, CanvasRenderer, GridComponent, LegendComponent, LineChart, MarkLineComponent, TooltipComponent]);

const FULL = { percent: 1, score: 100 };

// A scale ends at the whole where figures come near it, and fits them where they are small or beyond.
function scaleOf(spec) {
  const whole = FULL[spec.unit];
  const top = Math.max(...spec.series.flatMap((one) => one.values.filter((value) => value !== null)));
  return whole && top <= whole && top > whole / 2 ? { max: whole, interval: whole / 4 } : {};
}

const shortly = (name) => name.replace(/^Kabupaten /, "");
const DASHES = "path://M0 0h9v4H0zM13 0h9v4h-9z";

// A figure between two gaps is no line: it needs its dot.
function dotted(values, always) {
  return values.map((value, at) => {
    const alone = value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;
    return { value, symbol: always || alone ? "circle" : "none" };
  });
}

// The legend takes as many rows as its names need; the plot begins below them.
const ROW = 24;
function legendRows(spec, look, width) {
  if (spec.series.length < 2) return 0;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${look.fontSize}px ${look.fontFamily}`;
  let rows = 1;
  let right = 0;
  for (const { name } of spec.series) {
    const wide = pen.measureText(name).width + 30;
    if (right && right + wide > width - 10) { rows += 1; right = 0; }
    right += wide + 10;
  }
  return rows;
}

// More lines than there are colours: those of the second round are dashed.
const COLOURS = ["--color-primary", "--gold", "--color-info", "--color-success", "--color-neutral"];
const isDashed = (one, number) => one.style === "reference" || number >= COLOURS.length;

function options(spec, token, width, still) {
  const words = writer(spec.unit, spec.locale);
  const text = textLook(token);
  const line = { lineStyle: { color: token("--color-base-300") } };
  const lying = spec.kind === "bar-horizontal";
  const barred = spec.kind.startsWith("bar") || spec.kind === "histogram";
  const names = {
    type: "category", data: spec.categories, inverse: lying, axisTick: { show: false }, axisLine: line, boundaryGap: barred,
    axisLabel: { ...text, hideOverlap: !lying, interval: lying ? 0 : "auto", ...(lying ? { width: width * 0.36, overflow: "truncate", formatter: shortly } : {}) },
  };
  const values = {
    type: "value", axisLabel: { ...text, formatter: words.axis, hideOverlap: true }, splitLine: line,
    splitNumber: width < 480 && lying ? 2 : 4, ...scaleOf(spec),
  };
  const rows = legendRows(spec, text, width);
  const marks = spec.marks.filter((mark) => spec.categories.includes(mark.at));
  return {
    animation: !still && !calm(),
    color: COLOURS.map(token),
    grid: {
      left: 4, right: 20, top: (rows ? 12 + rows * ROW : 14) + (marks.length ? 16 : 0), bottom: 2,
      outerBoundsMode: "same", outerBoundsContain: "axisLabel",
    },
    legend: rows
      ? {
        top: 0, left: 0, textStyle: { ...text, color: token("--color-base-content") },
        data: spec.series.map((one, number) => ({ name: one.name, icon: !(barred && !one.style) && isDashed(one, number) ? DASHES : "roundRect" })),
      }
      : undefined,
    tooltip: { trigger: "axis", ...tooltipLook(token, text) },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: spec.series.map((one, number) => {
      const reference = one.style === "reference";
      const bar = barred && !reference;
      return {
        name: one.name,
        data: bar ? one.values : dotted(one.values, !reference && spec.categories.length <= 12),
        type: bar ? "bar" : "line",
        barMaxWidth: spec.kind === "histogram" ? undefined : 28,
        barCategoryGap: spec.kind === "histogram" ? "4%" : undefined,
        connectNulls: false,
        itemStyle: { borderRadius: lying ? [0, 4, 4, 0] : [4, 4, 0, 0], ...(reference ? { color: token("--line-strong") } : {}) },
        lineStyle: reference ? { width: 2, type: "dashed", color: token("--line-strong") } : { width: 3, type: isDashed(one, number) ? "dashed" : "solid" },
        symbolSize: 7,
        showAllSymbol: true,
        areaStyle: spec.kind === "area" && !reference ? { opacity: 0.12 } : undefined,
        tooltip: {
          valueFormatter: (value, at) => one.texts?.[at] ?? (value === null || value === undefined ? spec.none : words.full(value)),
        },
        markLine: number === 0 && marks.length ? {
          silent: true, symbol: "none", animation: false,
          lineStyle: { color: token("--color-info"), type: "dotted", width: 1.5 },
          label: { ...text, color: token("--color-info"), fontWeight: 600 },
          data: marks.map((mark, at) => ({ [lying ? "yAxis" : "xAxis"]: mark.at, label: { formatter: `(${at + 1})` } })),
        } : undefined,
      };
    }),
  };
}

const tallness = (spec) => Math.max(272, spec.categories.length * 26 + 40);

for (const box of document.querySelectorAll("[data-chart]")) {
  const spec = JSON.parse(box.dataset.chart);
  if (spec.kind === "bar-horizontal") box.style.height = `${tallness(spec)}px`;
  else if (spec.series.length > 1) {
    const more = (legendRows(spec, textLook(tokensOf(box)), box.clientWidth) - 1) * ROW;
    box.style.height = `${box.clientHeight + more}px`;
  }
  const chart = init(box);
  const draw = (still) => chart.setOption(options(spec, tokensOf(document.documentElement), box.clientWidth, still));
  draw(false);
  new ResizeObserver(() => { chart.resize(); draw(true); }).observe(box);
  onThemeChange(() => draw(true));
  offerPicture(box, (name) => keepPicture({
    name, spec, notes: spec.marks.map((mark, at) => `(${at + 1}) ${mark.at}: ${mark.text}`),
    drawing: (width, token) => {
      const height = spec.kind === "bar-horizontal" ? Math.max(560, tallness(spec)) : 560;
      const away = init(document.createElement("div"), null, { width, height, devicePixelRatio: 2 });
      away.setOption(options(spec, token, width, true));
      const canvas = away.renderToCanvas({ pixelRatio: 2 });
      away.dispose();
      return canvas;
    },
  }));
}
