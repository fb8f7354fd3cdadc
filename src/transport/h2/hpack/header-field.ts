/** One field of a header list. Its octets are characters U+0000 to U+00FF, one each, as HTTP has always had them. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** What a field counts in every limit of HPACK and HTTP/2: its octets and 32 (RFC 7541, section 4.1). */
export const fieldBytes = (name: string, value: string): number => name.length + value.length + 32;
