/** Where the hive looks for the host's own programs. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The whole environment of helper commands: what a sandbox's first process is started with is readable inside it (FACTS/containers §1). */
export const HELPER_ENV = { PATH: SYSTEM_PATH, LANG: 'C.UTF-8' };
