/** How this run of the command line was started: what {@link hint} puts into texts. */
interface Start {
  /** The program as the user named it, with what chose the home. */
  command: string;
  /** Finds `hive VERB` in a text. */
  pattern: RegExp;
}

const NOWHERE = /(?!)/;
let start: Start = { command: 'hive', pattern: NOWHERE };

/**
 * Says once per run how hints name the hive: `command` is what the launcher was started as (`./hive`), `verbs` are what stands after it. Texts are written
 * with the plain `hive`, here and in the daemon: that is what agents have in their containers, and what a page or a log can say.
 */
export function nameCommand(command: string | undefined, verbs: readonly string[]): string {
  start = {
    command: quoted(command ?? 'hive'),
    pattern: new RegExp(`(?<![\\w/.-])hive(?= (?:${verbs.join('|')})\\b)`, 'g'),
  };
  return start.command;
}

/** From now on hints choose `home`, as the user did with `--home`. */
export function nameHome(home: string): void {
  start = { ...start, command: `${start.command} --home ${quoted(home)}` };
}

/** `text`, a hint or a reason in the hive's own words, with every command in it as the user would have to type it. */
export function hint(text: string): string {
  return text.replace(start.pattern, () => start.command);
}

/** `word` as a shell takes it whole. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
