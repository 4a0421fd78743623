/** What an error says, in one line, whatever was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof Error)
    return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
  return typeof error === 'string' ? error : String(JSON.stringify(error) ?? error);
}
