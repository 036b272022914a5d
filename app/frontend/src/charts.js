// Charts out of <div data-chart="…">; the figures also stand as a table below each chart (macro data.chart).
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, CanvasRenderer, GridComponent, LegendComponent, LineChart, TooltipComponent]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const formats = {
  number: (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }),
  percent: (locale) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }),
  rupiah: () => ({ format: (value) => `Rp${new Intl.NumberFormat("id", { maximumFractionDigits: 0 }).format(value)}` }),
};

function options(spec) {
  const format = (value) => (value === null || value === undefined ? "–" : formats[spec.unit](spec.locale).format(value));
  const text = { color: token("--muted"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };
  const line = { lineStyle: { color: token("--color-base-300") } };
  const lying = spec.kind === "bar-horizontal";
  const names = {
    type: "category", data: spec.categories, inverse: lying, axisLabel: text, axisTick: { show: false }, axisLine: line,
    boundaryGap: spec.kind.startsWith("bar"),
  };
  const values = {
    type: "value", axisLabel: { ...text, formatter: format }, splitLine: line, splitNumber: 4,
    max: spec.unit === "percent" ? 1 : undefined,
  };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true },
    color: [token("--color-primary"), token("--gold"), token("--color-info"), token("--color-success"), token("--color-neutral")],
    grid: { left: 4, right: 20, top: spec.series.length > 1 ? 36 : 14, bottom: 2, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: spec.series.length > 1 ? { top: 0, left: 0, icon: "roundRect", textStyle: { ...text, color: token("--color-base-content") } } : undefined,
    tooltip: {
      trigger: "axis", renderMode: "richText", valueFormatter: format, backgroundColor: token("--color-base-100"),
      borderColor: token("--line-strong"), textStyle: { ...text, color: token("--color-base-content") },
    },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: spec.series.map((one) => ({
      name: one.name,
      data: one.values,
      type: spec.kind.startsWith("bar") ? "bar" : "line",
      barMaxWidth: 28,
      itemStyle: { borderRadius: lying ? [0, 4, 4, 0] : [4, 4, 0, 0] },
      lineStyle: { width: 3 },
      symbolSize: 7,
      showAllSymbol: true,
      showSymbol: spec.categories.length <= 12,
      areaStyle: spec.kind === "area" ? { opacity: 0.12 } : undefined,
    })),
  };
}

for (const box of document.querySelectorAll("[data-chart]")) {
  const spec = JSON.parse(box.dataset.chart);
  const chart = init(box);
  chart.setOption(options(spec));
  new ResizeObserver(() => chart.resize()).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(options(spec)));
}
