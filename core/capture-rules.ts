/** Which tables are captured, and which columns never leave the source. */
export interface CaptureRules {
  captures(table: string): boolean;
  drops(table: string, column: string): boolean;
}
