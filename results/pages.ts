/** @file Tables between the markers of a page: `<!-- table NAME -->` … `<!-- /table -->`. Pure. */

const MARKED = /<!-- table ([^\s]+) -->([\s\S]*?)(<!-- \/table -->|$)/g;

/**
 * The page with every marked table drawn anew.
 * @param tables tables by name
 * @throws Error for a name that no table has, and for a marker without its end
 */
export function drawPage(text: string, file: string, tables: ReadonlyMap<string, string>): string {
  return text.replace(MARKED, (_, name: string, before: string, end: string) => {
    if (end === "" || before.includes("<!-- table "))
      throw new Error(`${file}: table ${name}: expected <!-- /table --> after it`);
    const table = tables.get(name);
    if (table === undefined)
      throw new Error(`${file}: table ${name}: expected one of ${[...tables.keys()].join(", ")}`);
    return `<!-- table ${name} -->\n\n${table}\n\n<!-- /table -->`;
  });
}
