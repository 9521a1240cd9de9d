// What the background and the agent say to each other over native messaging.

/** The native messaging host's registered name. */
export const nativeHost = "vn.kyso.host";

/** A sentence in both languages of the product. */
export interface Text {
  readonly vi: string;
  readonly en: string;
}

/** Why something was not done, and what a person can do about it. */
export interface Failure {
  readonly code: string;
  readonly message: Text;
  readonly remedy: Text;
}
