// The interpreter names vega-util; the Vega bundle that the page has loaded holds it.
export const { ascending, isString, DisallowedObjectProperties } = window.vega;
