// SPDX-License-Identifier: EUPL-1.2
// desk -> screens -> device, show -> formats; words may be used above formats and device. Only the clients of
// src/device fetch. Whoever must go round a rule says why on the line itself.
import jsxA11y from 'eslint-plugin-jsx-a11y'
import tseslint from 'typescript-eslint'

const rooms = ['formats', 'device', 'show', 'screens', 'desk', 'words']
const may = {
  formats: [],
  device: ['formats'],
  show: ['formats', 'words'],
  words: [],
  screens: ['device', 'show', 'formats', 'words'],
  desk: ['device', 'show', 'formats', 'words', 'screens'],
}

const directions = rooms.map((room) => ({
  files: [`src/${room}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: rooms
          .filter((other) => other !== room && !may[room].includes(other))
          .map((other) => ({ group: [`**/${other}/**`], message: `${room} does not import ${other}.` })),
      },
    ],
  },
}))

export default tseslint.config(
  { ignores: ['node_modules/', 'build/', 'public/'] },
  ...tseslint.configs.recommendedTypeChecked,
  jsxA11y.flatConfigs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-globals': [
        'error',
        ...['localStorage', 'sessionStorage', 'eval', 'fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'].map(
          (name) => ({ name, message: 'Not in this page: see src/device/http.ts and src/device/storage.ts.' }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'cookie', 'sendBeacon'].map((property) => ({
          property,
          message: 'Text is put in as text; nothing is kept in cookies or sent behind the page’s back.',
        })),
      ],
    },
  },
  ...directions,
  { files: ['src/device/http.ts', 'src/sw.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['*.js'], ...tseslint.configs.disableTypeChecked },
)
