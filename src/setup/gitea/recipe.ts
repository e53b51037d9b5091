import { sha256 } from '#src/lib/sha256.ts';

/** The bundled forge. Below this version a repository writer could reach a shell (FACTS: security floor 1.27.3). */
export const GITEA_VERSION = '1.27.3';
/** Oldest Go that compiles it, from its `go.mod`. */
export const GO_FLOOR = '1.26.4';

/** Everything that decides what the build's result is; its hash names the result in the cache. */
export const RECIPE = {
  version: GITEA_VERSION,
  /** The module is served under its older name, though it declares itself as `gitea.dev`. */
  module: 'code.gitea.io/gitea',
  sum: 'h1:SRnjvw24ASELKCqyYvAWIlzwOqyFMgfD+UkqQ9SE5eU=',
  /** Modules that are served under another name only. */
  replace: {
    'gitea.dev/actions-proto-go': 'code.gitea.io/actions-proto-go@v0.6.0',
    'gitea.dev/sdk': 'code.gitea.io/sdk/gitea@v0.25.1',
  },
  /** `client-go` v2.42.0 is not served; its successor raises the others. Exact, so that nothing floats. */
  require: [
    'github.com/stretchr/testify@v1.12.1',
    'gitlab.com/gitlab-org/api/client-go/v2@v2.64.0',
    'go.yaml.in/yaml/v3@v3.0.5',
    'golang.org/x/crypto@v0.54.0',
    'golang.org/x/mod@v0.38.0',
    'golang.org/x/net@v0.57.0',
    'golang.org/x/sync@v0.22.0',
    'golang.org/x/sys@v0.47.0',
    'golang.org/x/text@v0.41.0',
    'golang.org/x/tools@v0.48.0',
    'google.golang.org/protobuf@v1.36.12',
  ],
  /** Imports other Gitea servers' content through a module that is not served; imports are off in a hive. */
  remove: ['services/migrations/gitea_downloader.go'],
  pnpm: {
    version: '11.28.11',
    integrity: 'sha512-dAGE0Q+B9dWxZb6IVg7numJAbEE0iWq8J6WAEJ7sL0fB5B2RJRyUTCyrq8scIkYXmeu3LeLsYlryAwsONsc1ow==',
  },
  generate: ['modules/migration', 'modules/options', 'modules/public', 'modules/templates'],
  build: [
    '-mod=readonly',
    '-tags',
    'bindata timetzdata',
    '-trimpath',
    '-ldflags',
    `-s -w -X main.Version=${GITEA_VERSION}`,
  ],
} as const;

/** Twelve hex digits that change with the recipe or its extra sums. */
export function recipeHash(extraSums: string): string {
  return sha256(JSON.stringify(RECIPE) + extraSums).slice(0, 12);
}
