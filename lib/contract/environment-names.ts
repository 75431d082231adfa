/**
 * The names that a secret may not have in an environment, in one list for the server and for `strongroom run`.
 *
 * An editor of secrets doesn't own the programs that get them. These variables tell a program which code to load, which
 * command to start, through whom to connect, whom to trust, or who it is to us: whoever sets one of them runs or
 * deceives the program. So they are refused when a secret is written, and again by `run` unless it is told
 * `--allow-env NAME`. This file imports nothing, so that every client can hold it alone.
 */

/** The programs and libraries that are found, and where they look for their settings. */
const places = `
  PATH PATHEXT CDPATH FPATH MANPATH HOME ZDOTDIR XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS
  TMPDIR TEMP TMP APPDATA LOCALAPPDATA USERPROFILE PROGRAMDATA SYSTEMROOT WINDIR COMSPEC PSMODULEPATH`

/** The dynamic loader and the C library. Theirs with `LD_` and `DYLD_` are refused as a whole. */
const loaders = `
  LIBPATH SHLIB_PATH GCONV_PATH GETCONF_DIR GLIBC_TUNABLES LOCPATH NLSPATH TZDIR HOSTALIASES LOCALDOMAIN
  RESOLV_HOST_CONF RES_OPTIONS MALLOC_TRACE MALLOC_CONF OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES`

/** Shells, and the commands that programs start because a variable names them. */
const commands = `
  SHELL ENV BASH_ENV SHELLOPTS BASHOPTS IFS PS1 PS2 PS4 PROMPT_COMMAND EDITOR VISUAL PAGER MANPAGER BROWSER LESSOPEN
  LESSCLOSE SSH_ASKPASS SUDO_ASKPASS GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER
  GIT_EXTERNAL_DIFF GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_DIR GIT_WORK_TREE GIT_CONFIG GIT_CONFIG_GLOBAL
  GIT_CONFIG_SYSTEM GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS RSYNC_RSH CVS_RSH DOCKER_CONFIG`

/** Interpreters, virtual machines and what builds for them: their options, and where they load code from. */
const interpreters = `
  NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE NODE_V8_COVERAGE NODE_COMPILE_CACHE ELECTRON_RUN_AS_NODE BUN_OPTIONS
  BUN_INSTALL DENO_DIR PERLLIB PERL_MB_OPT PERL_MM_OPT RUBYLIB RUBYOPT RUBYPATH RUBYSHELL GEM_HOME GEM_PATH
  BUNDLE_GEMFILE BUNDLE_PATH JAVA_HOME JAVA_OPTS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH MAVEN_OPTS
  MAVEN_ARGS GRADLE_OPTS SBT_OPTS SCALA_HOME CATALINA_OPTS PHPRC PHP_INI_SCAN_DIR DOTNET_ROOT DOTNET_STARTUP_HOOKS
  DOTNET_ADDITIONAL_DEPS DOTNET_SHARED_STORE R_HOME R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER R_LIBS
  R_LIBS_USER JULIA_LOAD_PATH JULIA_DEPOT_PATH ERL_LIBS ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ELIXIR_ERL_OPTIONS TCLLIBPATH
  GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH VIRTUAL_ENV CONDA_PREFIX PIP_CONFIG_FILE YARN_RC_FILENAME MAKEFLAGS MAKEFILES
  GNUMAKEFLAGS GOFLAGS GOROOT GOTOOLDIR CC CXX RUSTC RUSTFLAGS RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_HOME`

/** Proxies: who gets to see, and to change, what a program sends. */
const proxies = `
  HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY SOCKS_PROXY SOCKS5_PROXY SOCKS_SERVER RSYNC_PROXY GRPC_PROXY
  NO_GRPC_PROXY WS_PROXY WSS_PROXY CGI_HTTP_PROXY GIT_PROXY_COMMAND NODE_USE_ENV_PROXY GLOBAL_AGENT_HTTP_PROXY
  GLOBAL_AGENT_HTTPS_PROXY GLOBAL_AGENT_NO_PROXY VAULT_PROXY_ADDR VAULT_HTTP_PROXY`

/** Certificate stores: whom a program believes, and whether it asks at all. */
const trust = `
  SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_SYSTEM_CA
  CURL_CA_BUNDLE CURL_HOME REQUESTS_CA_BUNDLE HTTPLIB2_CA_CERTS WEBSOCKET_CLIENT_CA_BUNDLE PIP_CERT AWS_CA_BUNDLE
  GIT_SSL_CAINFO GIT_SSL_CAPATH GIT_SSL_NO_VERIFY CARGO_HTTP_CAINFO NIX_SSL_CERT_FILE SYSTEM_CERTIFICATE_PATH
  BUNDLE_SSL_CA_CERT BUNDLE_SSL_VERIFY_MODE PERL_LWP_SSL_CA_FILE PERL_LWP_SSL_CA_PATH PERL_LWP_SSL_VERIFY_HOSTNAME
  DENO_CERT DENO_TLS_CA_STORE GRPC_DEFAULT_SSL_ROOTS_FILE_PATH CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE VAULT_CACERT
  VAULT_CAPATH VAULT_SKIP_VERIFY PGSSLROOTCERT`

/** What belongs to one of them however it goes on: our own variables, and families that grow with every release. */
const families = [
  /^STRONGROOM_/,
  /^LD_/,
  /^DYLD_/,
  /^BASH_FUNC/,
  /^GIT_CONFIG_(?:KEY|VALUE)_/,
  // Python's own have no underscore there; PYTHON_API_KEY is somebody's secret.
  /^PYTHON[A-Z0-9]/,
  /^PERL5/,
  /^LUA_(?:PATH|CPATH|INIT)/,
  /^(?:CORECLR|COR|COMPLUS)_/,
  /^NPM_CONFIG_/,
]

const names: ReadonlySet<string> = new Set(
  [places, loaders, commands, interpreters, proxies, trust].flatMap((list) => list.trim().split(/\s+/)),
)

/** Whether a secret may not arrive under this name. Case doesn't matter: some programs and systems don't mind it. */
export function isRefusedEnvironmentName(name: string): boolean {
  const upper = name.toUpperCase()
  return names.has(upper) || families.some((family) => family.test(upper))
}
