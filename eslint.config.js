import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["static/**/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      // Leaflet comes with django-leaflet, protomaps-leaflet and Vega from node_modules, all as classic scripts.
      globals: {
        ...globals.browser,
        L: "readonly",
        protomapsL: "readonly",
        vega: "readonly",
        vegaEmbed: "readonly",
        vegaLite: "readonly",
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
