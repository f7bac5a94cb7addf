// SPDX-License-Identifier: EUPL-1.2
// The yardstick for tokens: npm oidc-provider as it comes, in memory, doing what our token endpoint does:
// client_credentials, private_key_jwt (ES256), DPoP, an ES256 JWT access token of 300 seconds for one resource.
//
//     node oidc.mjs PORT SETTINGS      SETTINGS: JSON file {key, client, jwks, resource}
import { readFileSync } from "node:fs";
import { Provider } from "oidc-provider";

const [port, file] = process.argv.slice(2);
const { key, client, jwks, resource } = JSON.parse(readFileSync(file, "utf8"));
const server = {
  scope: "",
  audience: resource,
  accessTokenFormat: "jwt",
  accessTokenTTL: 300,
  jwt: { sign: { alg: "ES256" } },
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  clients: [{
    client_id: client,
    jwks,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    id_token_signed_response_alg: "ES256",
    dpop_bound_access_tokens: true,
  }],
  clientAuthMethods: ["private_key_jwt"],
  enabledJWA: { clientAuthSigningAlgValues: ["ES256"], dPoPSigningAlgValues: ["ES256"] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => server,
      useGrantedResource: () => true,
    },
  },
});
provider.on("server_error", (_, error) => console.error(error));
provider.on("grant.error", (_, error) => console.error(error.message, error.error_detail));
provider.listen(Number(port), "127.0.0.1");
