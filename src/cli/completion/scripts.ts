/**
 * @file Completion scripts of shells. Where neither verb nor option nor known value fits, the shell completes
 * files.
 */

import type { Completable, CompletableOption } from "./completable.ts";

const names = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(" ");
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Lines of a `case` over the options that have a closed list of values. */
const valueCases = (options: readonly CompletableOption[], add: (choices: string) => string): string[] =>
  options
    .filter(({ choices }) => choices.length > 0)
    .map((o) => `      ${o.name}) ${add(o.choices.join(" "))}; return ;;`);

/** Options by name: verbs that share an option share its values. */
const allOptions = (verbs: readonly Completable[]): CompletableOption[] => [
  ...new Map(verbs.flatMap(({ options }) => options).map((option) => [option.name, option])).values(),
];

/** For bash 3.2, that of macOS, and newer. The first word that is no option is the verb. */
export function bash(verbs: readonly Completable[]): string {
  const add = (words: string): string => `COMPREPLY=($(compgen -W ${quoted(words)} -- "$word"))`;
  return [
    "_reweight() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" verb="" i',
    "  COMPREPLY=()",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    '    [[ "${COMP_WORDS[i]}" == -* ]] || { verb="${COMP_WORDS[i]}"; break; }',
    "  done",
    `  if [[ -z "$verb" ]]; then ${add(`${names(verbs)} --help --version`)}; return; fi`,
    // bash splits words at "=", so that the value of --method=deep stands two words behind its option.
    '  [[ "$before" == "=" ]] && before="${COMP_WORDS[COMP_CWORD-2]}"',
    '  if [[ "$word" == "=" ]]; then word=""; before="${COMP_WORDS[COMP_CWORD-1]}"; fi',
    '  case "$before" in',
    ...valueCases(allOptions(verbs), add),
    "  esac",
    '  [[ "$word" == -* ]] || return',
    '  case "$verb" in',
    ...verbs.map(({ name, options }) => `    ${name}) ${add(names(options))} ;;`),
    "  esac",
    "}",
    "complete -o default -F _reweight reweight",
  ].join("\n");
}

/** For zsh, with the descriptions of verbs. */
export function zsh(verbs: readonly Completable[]): string {
  const add = (words: string): string => `compadd -- ${words}`;
  const described = verbs.map(({ name, summary }) => quoted(`${name}:${summary.replaceAll(":", "\\:")}`));
  return [
    "#compdef reweight",
    "_reweight() {",
    "  local -a verbs",
    "  local verb=${${words[2,CURRENT-1]:#-*}[1]} before=$words[CURRENT-1]",
    `  verbs=(${described.join(" ")})`,
    "  if [[ -z $verb ]]; then _describe verb verbs; return; fi",
    // "--method=de" is one word: what stands before "=" is the option.
    "  if [[ $PREFIX == --*=* ]]; then before=${PREFIX%%=*}; compset -P '*='; fi",
    "  case $before in",
    ...valueCases(allOptions(verbs), add),
    "  esac",
    "  if [[ $PREFIX != -* ]]; then _files; return; fi",
    "  case $verb in",
    ...verbs.map(({ name, options }) => `    ${name}) ${add(names(options))} ;;`),
    "  esac",
    "}",
    "compdef _reweight reweight",
  ].join("\n");
}

/** For fish, with the descriptions of verbs and options. */
export function fish(verbs: readonly Completable[]): string {
  const optionLine = (verb: string, { name, description, takesValue, choices }: CompletableOption): string => {
    const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : takesValue ? " -r" : "";
    return `complete -c reweight -n '__fish_seen_subcommand_from ${verb}' -l ${name.slice(2)}${value} -d ${quoted(description)}`;
  };
  return verbs
    .flatMap(({ name, summary, options }) => [
      `complete -c reweight -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
      ...options.map((option) => optionLine(name, option)),
    ])
    .join("\n");
}
