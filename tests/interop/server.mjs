// A real authorization server (oidc-provider) and a small protected API, both on
// one HTTPS port of this machine, for the interoperability tests.
//
//   node server.mjs CONFIG.json
//
// CONFIG: certificate and key (paths, PEM), port (0 picks one), resource (an
// absolute URI), scope (what that resource knows), lifetime (of a token, seconds),
// and clients (RFC 7591 metadata, as oidc-provider takes it).
//
// Prints one JSON line when it is ready; everything else goes to standard error.
// Ends on SIGTERM, and when its standard input closes, so that no test run that
// died leaves a server behind.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

import { Provider } from "oidc-provider";

// oidc-provider prints notices with console.info: standard output is ours.
console.info = console.error;

const config = JSON.parse(readFileSync(process.argv[2], "utf8"));
// One entry for each token request: how the client proved itself, never with what.
const journal = [];
const entries = new WeakMap();

function makeProvider(issuer) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  return new Provider(issuer, {
    clients: config.clients,
    clientDefaults: {
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
      // Not used by this grant, but checked against the keys below.
      id_token_signed_response_alg: "ES256",
    },
    clientAuthMethods: [
      "client_secret_basic",
      "client_secret_post",
      "client_secret_jwt",
      "private_key_jwt",
      "tls_client_auth",
      "self_signed_tls_client_auth",
    ],
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256" }] },
    scopes: config.scope.split(" "),
    // An opaque token is looked up, so that a destroyed one is refused at once.
    ttl: { ClientCredentials: config.lifetime },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      mTLS: {
        enabled: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: ({ socket }) => socket.getPeerX509Certificate(),
        certificateAuthorized: ({ socket }) => socket.authorized,
        certificateSubjectMatches: ({ socket }, property, expected) =>
          property === "tls_client_auth_san_dns" &&
          socket.getPeerX509Certificate().subjectAltName === `DNS:${expected}`,
      },
      // Without a resource this server repeats whatever scope was asked for. With
      // one it grants what the resource knows, and nothing else.
      resourceIndicators: {
        enabled: true,
        defaultResource: () => config.resource,
        getResourceServerInfo: () => ({
          scope: config.scope,
          accessTokenFormat: "opaque",
          accessTokenTTL: config.lifetime,
        }),
      },
    },
  });
}

function keepJournal(provider) {
  const note = ({ req, oidc, headers }, error) => {
    Object.assign(entries.get(req) ?? {}, {
      client_id: oidc.client?.clientId ?? null,
      scheme: headers.authorization?.split(" ", 1)[0] ?? null,
      parameters: Object.keys(oidc.body ?? {}).sort(),
      error: error?.error ?? null,
      reason: error?.error_detail ?? null,
    });
  };
  provider.on("grant.success", note);
  provider.on("grant.error", note);
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function challenge(response, status, error, scope) {
  const parameters = [`realm="invoices"`];
  if (error) parameters.push(`error="${error}"`);
  if (scope) parameters.push(`scope="${scope}"`);
  answer(response, status, { error }, { "www-authenticate": `Bearer ${parameters.join(", ")}` });
}

async function presentedToken(provider, request) {
  const [, value] = /^Bearer ([!-~]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const token = value && (await provider.ClientCredentials.find(value));
  return token && !token.isExpired ? token : undefined;
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function invoices(provider, request, response) {
  // Read first: an answer before the end of the body would cut the connection.
  const body = await text(request);
  const token = await presentedToken(provider, request);
  if (!token) {
    return challenge(response, 401, request.headers.authorization && "invalid_token");
  }

  const needed = request.method === "GET" ? "invoices.read" : "invoices.write";
  if (!token.scope?.split(" ").includes(needed)) {
    return challenge(response, 403, "insufficient_scope", needed);
  }

  return answer(response, 200, { client_id: token.clientId, scope: token.scope, body });
}

async function api(provider, request, response) {
  switch (`${request.method} ${new URL(request.url, provider.issuer).pathname}`) {
    case "GET /api/invoices":
    case "POST /api/invoices":
      return invoices(provider, request, response);
    case "GET /api/journal":
      return answer(response, 200, journal);
    case "DELETE /api/tokens": {
      const token = await presentedToken(provider, request);
      await token?.destroy();
      return answer(response, token ? 200 : 404, { destroyed: Boolean(token) });
    }
    default:
      return answer(response, 404, { error: "not_found" });
  }
}

const server = createServer({
  cert: readFileSync(config.certificate),
  key: readFileSync(config.key),
  // Asked for, and judged only for the clients that are known by it.
  requestCert: true,
  rejectUnauthorized: false,
  ...(config.client_ca && { ca: readFileSync(config.client_ca) }),
});

server.listen(config.port ?? 0, "127.0.0.1", async () => {
  const { port } = server.address();
  const issuer = `https://localhost:${port}`;
  const provider = makeProvider(issuer);
  const authorize = provider.callback();
  keepJournal(provider);

  // Clients are checked when first used: do that now, where it can be seen.
  for (const { client_id } of config.clients) await provider.Client.find(client_id);

  server.on("request", (request, response) => {
    if (request.url.startsWith("/api/")) {
      api(provider, request, response).catch((error) => {
        console.error(error);
        answer(response, 500, { error: "server_error" });
      });
      return;
    }
    if (request.method === "POST" && request.url === "/token") {
      const entry = {};
      journal.push(entry);
      entries.set(request, entry);
    }
    authorize(request, response);
  });

  const ready = {
    issuer,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/token/introspection`,
    api: `${issuer}/api`,
    port,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
});

function stop() {
  server.closeAllConnections();
  server.close(() => process.exit(0));
}

process.once("SIGTERM", stop);
process.stdin.once("close", stop);
process.stdin.once("end", stop);
process.stdin.resume();
