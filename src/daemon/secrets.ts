/** Secrets of the hive, each from a 0600 file in `<home>/secrets/`, made at first start; never logged. */
export interface Secrets {
  /** 32 bytes that seal model credentials in the database. */
  key: Buffer;
  /** Secret of the forge's webhook and of outbox markers. */
  hookSecret: string;
  /** Password of `hive-root`. */
  forgeRootPassword: string;
  /** First password of `operator`; its file is told to the person. */
  operatorPassword: string;
  operatorPasswordFile: string;
  /** Folder with Gitea's own secret files. */
  dir: string;
}
