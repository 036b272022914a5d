// Maps out of <div data-map="…">: places coloured by a figure (macro charts.choropleth); the figures also stand in a table.
import { MapChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { init, registerMap, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
import { calm, keepPicture, offerPicture, onThemeChange, pattern, textLook, tokensOf, tooltipLook } from "./chart-kit.js";

use([CanvasRenderer, LabelLayout, MapChart, TooltipComponent]);

const FEW = 20;
// Lines between a territory's parts, drawn twice so that they stand out from pale and deep colours alike.
const LINES = { under: "--color-base-100", over: "--color-base-content" };
const NEAREST = 24;
const shortly = (name) => name.replace(/^(Kabupaten|Kecamatan|Kota) /, "");

// Patterns keep their size however near one looks.
const fillOf = (look, token, zoom) =>
  typeof look === "number"
    ? token(`--step-${look}`)
    : { image: pattern(look, token), repeat: "repeat", scaleX: 1 / zoom, scaleY: 1 / zoom };

function options(spec, map, token, view, still) {
  const text = textLook(token);
  const labelled = map.size <= FEW && view.width >= 440;
  const fills = new Map();
  const colour = (look) => {
    if (!fills.has(look)) fills.set(look, fillOf(look, token, view.zoom));
    return fills.get(look);
  };
  const border = (look) => ({
    borderColor: typeof look === "number" ? token("--color-base-100") : token("--line-strong"),
    borderWidth: map.size > 400 ? 0.4 : 0.8,
  });
  return {
    animation: false,
    animationDurationUpdate: still || calm() ? 0 : 200,
    tooltip: {
      ...tooltipLook(token, text),
      formatter: ({ name }) => {
        if (name in LINES) return "";
        const place = map.told.get(name);
        return `{b|${(place ?? map.shapes.get(name))[1]}}\n${!place || place[3] === "missing" ? spec.words.missing : place[2]}`;
      },
      textStyle: { ...text, color: token("--color-base-content"), rich: { b: { fontWeight: 650, lineHeight: 20 } } },
    },
    series: [{
      type: "map", map: spec.address, nameProperty: "code", aspectScale: 0.996, selectedMode: false,
      roam: view.zoom > 1 ? "move" : false, zoom: view.zoom, center: view.center,
      left: 4, right: 4, top: 4, bottom: 4,
      itemStyle: { areaColor: colour("missing"), ...border("missing") },
      emphasis: { label: { show: labelled }, itemStyle: { areaColor: "inherit", borderColor: token("--color-base-content"), borderWidth: 2 } },
      label: {
        show: labelled, ...text, fontSize: 11, color: token("--color-base-content"), textBorderColor: token("--color-base-100"), textBorderWidth: 3,
        formatter: ({ name }) => name in LINES ? "" : shortly((map.told.get(name) ?? map.shapes.get(name))[1]),
      },
      labelLayout: { hideOverlap: true },
      data: [...spec.places.filter(([code]) => map.shapes.has(code)).map(([code, , , look]) => ({
        name: code,
        value: typeof look === "number" ? look : undefined,
        itemStyle: { areaColor: colour(look), ...border(look) },
        emphasis: { itemStyle: { areaColor: colour(look) } },
      })), ...Object.entries(LINES).map(([name, colour]) => ({
        name, silent: true, tooltip: { show: false }, label: { show: false }, emphasis: { disabled: true },
        itemStyle: { areaColor: "transparent", borderColor: token(colour), borderWidth: name === "under" ? 3 : 1.2 },
      }))],
    }],
  };
}

function legendOf(spec) {
  return (token) => [
    ...spec.classes.map((label, at) => ({ label, fill: token(`--step-${spec.steps[at]}`) })),
    ...["hidden", "missing"]
      .filter((look) => spec.places.some((place) => place[3] === look))
      .map((look) => ({ label: spec.words[look], fill: pattern(look, token) })),
  ];
}

// Without zooming the page scrolls as ever. Zooming is asked for by the buttons (or Ctrl and the wheel); only then a finger moves the map.
function tools(box, chart, view, draw) {
  const buttons = box.closest("figure").querySelectorAll("[data-map-zoom]");
  const to = (zoom) => {
    view.center = zoom === 1 ? undefined : chart.getOption().series[0].center ?? undefined;
    view.zoom = Math.min(NEAREST, Math.max(1, zoom));
    if (view.zoom === 1) view.center = undefined;
    box.classList.toggle("map-moves", view.zoom > 1);
    for (const button of buttons) {
      button.disabled = button.dataset.mapZoom === "in" ? view.zoom >= NEAREST : view.zoom === 1;
    }
    draw(false);
  };
  for (const button of buttons) {
    const by = { in: 1.6, out: 1 / 1.6 }[button.dataset.mapZoom];
    button.addEventListener("click", () => to(by ? Math.round(view.zoom * by * 100) / 100 : 1));
  }
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    to(view.zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2));
  }, { passive: false });
  buttons[0].parentElement.hidden = false;
}

function follow(chart, map) {
  let touched = null;
  chart.on("click", ({ name }) => {
    const address = map.told.get(name)?.[4];
    // A finger first reads what it points at, and follows it when it points there again.
    if (matchMedia("(hover: none)").matches && touched !== name) { touched = name; return; }
    if (address) location.assign(address);
  });
}

async function show(box) {
  const spec = JSON.parse(box.dataset.map);
  const figure = box.closest("figure");
  const absent = figure.querySelector("[data-map-absent]");
  let shapes;
  try {
    const answer = await fetch(spec.address, { headers: { Accept: "application/geo+json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    shapes = await answer.json();
  } catch {
    absent.textContent = spec.words.failed;
    absent.hidden = false;
    box.hidden = true;
    figure.querySelector(".chart-figures")?.setAttribute("open", "");
    return;
  }
  const places = shapes.features;
  const map = {
    shapes: new Map(places.map(({ properties }) => [properties.code, [properties.code, properties.name]])),
    told: new Map(spec.places.map((place) => [place[0], place])),
    size: places.length,
  };
  const lines = Object.keys(shapes.borders ? LINES : {}).map((code) => ({ type: "Feature", properties: { code, name: "" }, geometry: shapes.borders }));
  registerMap(spec.address, { ...shapes, features: [...places, ...lines] });
  const lost = spec.places.filter(([code]) => !map.shapes.has(code)).map(([, name]) => name);
  if (lost.length) {
    const more = lost.length > 12 ? ` … (+${lost.length - 12})` : ".";
    absent.textContent = `${spec.words.absent} ${lost.slice(0, 12).join(", ")}${more}`;
    absent.hidden = false;
  }
  const chart = init(box);
  const view = { zoom: 1, center: undefined, width: box.clientWidth };
  const draw = (still) => chart.setOption(options(spec, map, tokensOf(document.documentElement), view, still));
  draw(true);
  new ResizeObserver(() => {
    view.width = box.clientWidth;
    chart.resize();
    draw(true);
  }).observe(box);
  onThemeChange(() => draw(true));
  tools(box, chart, view, draw);
  follow(chart, map);
  offerPicture(box, (name) => keepPicture({
    name, spec, legend: legendOf(spec),
    drawing: (width, token) => {
      const away = init(document.createElement("div"), null, { width, height: 900, devicePixelRatio: 2 });
      away.setOption(options(spec, map, token, { zoom: view.zoom, center: view.center, width }, true));
      const canvas = away.renderToCanvas({ pixelRatio: 2 });
      away.dispose();
      return canvas;
    },
  }));
}

for (const box of document.querySelectorAll("[data-map]")) show(box);
