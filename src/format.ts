/** @file Formats numbers and tables for people. Pure functions. */

import Table from "cli-table3";
import { printable } from "./printable.ts";

/** 0.2345 → "23.45 %"; null → "–" */
export function percent(share: number | null | undefined, digits = 2): string {
  return typeof share === "number" && Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : "–";
}

/** A number with a fixed number of digits; null → "–" */
export function fixed(value: number | null | undefined, digits = 3): string {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(digits) : "–";
}

/** 3725 → "1 h 02 min"; 65 → "1 min 05 s"; 8.24 → "8.2 s"; 0.04 → "40 ms" */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.round((minutes % 1440) / 60)} h`;
}

/** 466906 → "466,906" */
export function thousands(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 1, "epoch" → "1 epoch"; 1950, "step" → "1,950 steps" */
export function counted(count: number, unit: string, units = `${unit}s`): string {
  return `${thousands(count)} ${count === 1 ? unit : units}`;
}

/** 1610612736 → "1.5 GiB" */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** Columns aligned by spaces, text left and numbers right, with a line under the head. A number may be left out. */
export function table(names: readonly string[], cells: readonly (readonly string[])[]): string {
  const [head, ...rows] = [names, ...cells].map((row) => row.map(printable)) as [string[], ...string[][]];
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^([-−+\d–]|$)/.test(row[column] ?? "")),
  );
  const view = new Table({
    chars: none,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
    colAligns: numeric.map((isNumber) => (isNumber ? "right" : "left")),
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  view.push(
    [...head],
    widths.map((width) => "─".repeat(width)),
    ...rows.map((row) => [...row]),
  );
  return view
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** A Markdown table with its columns aligned, as Prettier writes it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = [head, ...rows].map((row) => row.map((cell) => printable(cell).replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...escaped.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const [top, ...body] = escaped.map(line);
  return [top, line(widths.map((width) => "-".repeat(width))), ...body].join("\n");
}

/** "name   value" lines with the values under each other. */
export function facts(entries: readonly (readonly [name: string, value: string])[], indent = ""): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${indent}${name.padEnd(width)}  ${printable(value)}`).join("\n");
}

/** Joins as many parts as fit. */
export function fit(parts: readonly string[], columns: number): string {
  let line = "";
  for (const part of parts.filter((text) => text !== "")) {
    const longer = line === "" ? part : `${line}  ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}

/** A bar of blocks, filled to a share. */
export function bar(share: number, width: number): string {
  const full = Math.max(0, Math.min(width, Math.round(share * width)));
  return "█".repeat(full) + "░".repeat(width - full);
}
