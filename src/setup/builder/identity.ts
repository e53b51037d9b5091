/** Arguments of `setpriv` before the program: the builder's ids under root, and death with setup in any case. */
export function setprivArgs(uid: number | null): string[] {
  const drop = uid === null ? [] : ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups'];
  return ['--pdeathsig', 'KILL', '--no-new-privs', ...drop, '--'];
}
