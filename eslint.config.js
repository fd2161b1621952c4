import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["static/**/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      // Leaflet, protomaps-leaflet, Vega and htmx come as classic scripts from node_modules.
      globals: {
        ...globals.browser,
        L: "readonly",
        protomapsL: "readonly",
        vega: "readonly",
        vegaEmbed: "readonly",
        vegaLite: "readonly",
        htmx: "readonly",
      },
    },
    rules: {
      complexity: ["error", 12],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-lines-per-function": ["error", { max: 60 }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
