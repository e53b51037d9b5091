/** The person's account. */
export const OPERATOR = 'operator';

/** Accounts of people: who may sign in to the dashboard. */
export const OPERATORS = [OPERATOR];
