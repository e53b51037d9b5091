/**
 * Fills `{{name}}` places of a text template. Every place needs a value; a value without a place is fine.
 * Values go in as they are: escaping for the target (ini, HTML, Markdown) is the caller's.
 * @throws Error naming the place without a value.
 */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{\{([a-z][a-z0-9_]*)\}\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template has {{${name}}} but no value was given for it`);
    return String(value);
  });
}
