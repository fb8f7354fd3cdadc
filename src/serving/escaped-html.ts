const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as it may stand in HTML, also within quotes. */
export const escapedHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
