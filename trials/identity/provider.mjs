// A certified OpenID provider for the tests of signing in. Usage: node provider.mjs; prints its issuer in one line, and ends when its standard input does.
// GET /as/ACCOUNT?groups=a,b says who sits at the browser from now on.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const accounts = {
  'account-1': { preferred_username: 'carol', groups: ['team-red', 'everyone'] },
  'account-2': { preferred_username: 'dave', groups: ['cloud-admins'] },
  'account-3': { preferred_username: 'alice', groups: ['team-red'] },
};
const redirects = { application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'] };
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const page = (ctx, form) => { ctx.body = `<!doctype html>${form}`; };

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { client_id: 'public', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', device], ...redirects },
      { client_id: 'confidential', client_secret: 'a secret: of+the/tests%', token_endpoint_auth_method: 'client_secret_basic', grant_types: ['authorization_code'], ...redirects },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, userCodeInputSource: page, userCodeConfirmSource: page, successSource: (ctx) => { ctx.body = 'done'; } },
    },
  });
  const answer = provider.callback();
  let account = 'account-1';
  server.on('request', async (request, response) => {
    const url = new URL(request.url, issuer);
    try {
      if (url.pathname.startsWith('/as/')) {
        account = url.pathname.slice(4);
        if (url.searchParams.has('groups')) accounts[account].groups = url.searchParams.get('groups').split(',');
        response.end(account);
      } else if (url.pathname.startsWith('/interaction/')) {
        const details = await provider.interactionDetails(request, response);
        if (account === 'nobody') {
          await provider.interactionFinished(request, response, { error: 'access_denied' });
        } else if (details.prompt.name === 'login') {
          await provider.interactionFinished(request, response, { login: { accountId: account, remember: false } });
        } else {
          const grant = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
          grant.addOIDCScope(details.params.scope);
          await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
        }
      } else {
        await answer(request, response);
      }
    } catch (trouble) {
      response.statusCode = 500;
      response.end(String(trouble));
    }
  });
  process.stdin.on('end', () => process.exit(0)).resume();
  console.log(issuer);
});
