# Sources from the network; every one has a fixed hash.
{ lib, self }:
let
  hashAttrs =
    {
      hash ? "",
      sha256 ? "",
      sha512 ? "",
      sha1 ? "",
      md5 ? "",
      outputHash ? "",
      outputHashAlgo ? "",
      ...
    }@args:
    let
      given = lib.filterAttrs (name: value: builtins.elem name [ "sha256" "sha512" "sha1" ] && value != "" && value != null) args;
      algorithm = builtins.head (builtins.attrNames given);
    in
    if outputHash != "" then
      { inherit outputHash outputHashAlgo; }
    else if hash != "" && hash != null then
      {
        outputHash = hash;
        outputHashAlgo = null;
      }
    else if given != { } then
      {
        outputHash = given.${algorithm};
        outputHashAlgo = algorithm;
      }
    else if args ? hash || args ? sha256 then
      {
        outputHash = lib.fakeSha256;
        outputHashAlgo = "sha256";
      }
    else
      throw "a source from the network needs `hash`";

  algorithmOf =
    hashes:
    lib.optionalAttrs (hashes.outputHashAlgo != null) { inherit (hashes) outputHashAlgo; };

  # Downloads with curl: for what Nix's own downloader cannot do.
  fetchWithCurl =
    args@{
      urls,
      name,
      postFetch ? "",
      downloadToTemp ? false,
      recursiveHash ? false,
      executable ? false,
      nativeBuildInputs ? [ ],
      curlOptsList ? [ ],
      ...
    }:
    let
      hashes = hashAttrs args;
    in
    self.stdenvNoCC.mkDerivation (
      {
        inherit name urls postFetch executable;
        nativeBuildInputs = [ self.curl ] ++ nativeBuildInputs;
        inherit (hashes) outputHash;
        outputHashMode = if recursiveHash || executable then "recursive" else "flat";
        impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NIX_SSL_CERT_FILE" ];
        preferLocalBuild = true;
        SSL_CERT_FILE = "${self.cacert}/etc/ssl/certs/ca-bundle.crt";
        buildCommand = ''
          downloadedFile=${if downloadToTemp || recursiveHash then "$TMPDIR/file" else "$out"}
          success=
          for url in $urls; do
            echo "trying $url"
            if curl --location --max-redirs 20 --retry 3 --fail --disable-epsv ${lib.escapeShellArgs curlOptsList} "$url" --output "$downloadedFile"; then
              success=1
              break
            fi
          done
          if [ -z "$success" ]; then
            echo "error: cannot download $name from any mirror" >&2
            exit 1
          fi
          [ -z "$executable" ] || chmod +x "$downloadedFile"
          ${postFetch}
        '';
      }
      // algorithmOf hashes
    );

  fetchurl =
    {
      url ? "",
      urls ? [ ],
      name ? "",
      pname ? "",
      version ? "",
      executable ? false,
      meta ? { },
      passthru ? { },
      ...
    }@args:
    let
      addresses = if url != "" then [ url ] ++ urls else urls;
      fileName =
        if name != "" then
          name
        else if pname != "" then
          "${pname}-${version}"
        else
          lib.strings.sanitizeDerivationName (baseNameOf (toString (builtins.head addresses)));
      hashes = hashAttrs args;
      needsCurl =
        args.postFetch or "" != ""
        || args ? curlOptsList
        || args.recursiveHash or false
        || args.downloadToTemp or false
        || builtins.length addresses > 1;
      fetched =
        if needsCurl then
          fetchWithCurl (args // { name = fileName; urls = addresses; })
        else
          derivation (
            {
              name = fileName;
              builder = "builtin:fetchurl";
              system = "builtin";
              url = builtins.head addresses;
              inherit (hashes) outputHash;
              outputHashMode = if executable then "recursive" else "flat";
              preferLocalBuild = true;
              inherit executable;
              impureEnvVars = lib.fetchers.proxyImpureEnvVars;
              unpack = false;
              urls = addresses;
            }
            // algorithmOf hashes
          );
    in
    fetched
    // passthru
    // {
      inherit meta;
      url = builtins.head addresses;
    };

  fetchzip =
    {
      url ? "",
      urls ? [ ],
      name ? "source",
      pname ? "",
      version ? "",
      stripRoot ? true,
      postFetch ? "",
      extraPostFetch ? "",
      extension ? null,
      meta ? { },
      passthru ? { },
      ...
    }@args:
    let
      addresses = if url != "" then [ url ] ++ urls else urls;
      first = builtins.head addresses;
      fileName = if extension == null then lib.head (lib.splitString "?" (baseNameOf first)) else "download.${extension}";
    in
    fetchWithCurl (
      args
      // {
        name = if pname != "" then "${pname}-${version}" else name;
        urls = addresses;
        recursiveHash = true;
        downloadToTemp = true;
        nativeBuildInputs = [
          self.unzip
          self.gnutar
          self.xz
          self.zstd
        ];
        postFetch = ''
          mkdir "$TMPDIR/unpack"
          cd "$TMPDIR/unpack"
          mv "$downloadedFile" "$TMPDIR/${fileName}"
          unpackFile "$TMPDIR/${fileName}"
          chmod -R +w .
          ${
            if stripRoot then
              ''
                if [ "$(ls -A | wc -l)" != 1 ]; then
                  echo "error: the archive has several files at its top: use stripRoot = false" >&2
                  exit 1
                fi
                fn=$(ls -A)
                if [ -f "$TMPDIR/unpack/$fn" ]; then
                  mkdir "$out"
                fi
                mv "$TMPDIR/unpack/$fn" "$out"
              ''
            else
              ''mv "$TMPDIR/unpack" "$out"''
          }
          ${postFetch}
          ${extraPostFetch}
          chmod 755 "$out"
        '';
      }
    )
    // passthru
    // {
      inherit meta;
      url = first;
    };

  fetchgit =
    {
      url,
      rev ? null,
      tag ? null,
      ref ? null,
      name ? "source",
      fetchSubmodules ? true,
      deepClone ? false,
      leaveDotGit ? deepClone,
      postFetch ? "",
      sparseCheckout ? [ ],
      fetchLFS ? false,
      ...
    }@args:
    let
      hashes = hashAttrs args;
      revision =
        if tag != null then
          "refs/tags/${tag}"
        else if rev != null then
          rev
        else
          "HEAD";
    in
    self.stdenvNoCC.mkDerivation (
      {
        inherit name;
        nativeBuildInputs = [ self.git ] ++ lib.optional fetchLFS self.git-lfs;
        inherit (hashes) outputHash;
        outputHashMode = "recursive";
        impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "GIT_SSL_CAINFO" ];
        preferLocalBuild = true;
        GIT_SSL_CAINFO = "${self.cacert}/etc/ssl/certs/ca-bundle.crt";
        buildCommand = ''
          export HOME=$TMPDIR
          git init --quiet --initial-branch=fetched "$out"
          cd "$out"
          git remote add origin ${lib.escapeShellArg url}
          ${lib.optionalString (sparseCheckout != [ ]) "git sparse-checkout set ${lib.escapeShellArgs sparseCheckout}"}
          git fetch --quiet ${lib.optionalString (!deepClone) "--depth=1"} origin ${lib.escapeShellArg revision} ||
            git fetch --quiet origin
          git checkout --quiet ${lib.escapeShellArg revision} 2>/dev/null || git checkout --quiet FETCH_HEAD
          ${lib.optionalString fetchSubmodules "git submodule update --quiet --init --recursive ${lib.optionalString (!deepClone) "--depth 1"}"}
          ${lib.optionalString (!leaveDotGit) "find . -name .git -prune -exec rm -rf {} +"}
          ${postFetch}
        '';
      }
      // algorithmOf hashes
    )
    // {
      inherit url rev tag;
      gitRepoUrl = url;
    };

  # An archive of one revision, as the common forges serve it.
  fromForge =
    makeUrl:
    {
      owner ? "",
      repo ? "",
      rev ? null,
      tag ? null,
      name ? "source",
      fetchSubmodules ? false,
      leaveDotGit ? false,
      deepClone ? false,
      forceFetchGit ? false,
      sparseCheckout ? [ ],
      domain ? null,
      meta ? { },
      ...
    }@args:
    let
      revision = if tag != null then "refs/tags/${tag}" else rev;
      addresses = makeUrl (args // { inherit revision; });
      useGit = fetchSubmodules || leaveDotGit || deepClone || forceFetchGit || sparseCheckout != [ ] || args.fetchLFS or false;
      fetched =
        if useGit then
          fetchgit (
            builtins.removeAttrs args [
              "owner"
              "repo"
              "domain"
              "forceFetchGit"
              "meta"
            ]
            // {
              inherit name fetchSubmodules;
              url = addresses.git;
            }
          )
        else
          fetchzip (
            builtins.removeAttrs args [
              "owner"
              "repo"
              "rev"
              "tag"
              "domain"
              "fetchSubmodules"
              "forceFetchGit"
              "meta"
            ]
            // {
              inherit name;
              url = addresses.archive;
              extension = "tar.gz";
            }
          );
    in
    fetched
    // {
      inherit owner repo;
      rev = revision;
      inherit tag;
      gitRepoUrl = addresses.git;
      meta = {
        homepage = lib.removeSuffix ".git" addresses.git;
      }
      // meta;
    };
in
{
  inherit fetchurl fetchzip fetchgit;
  fetchgitLocal = throw "fetchgitLocal is not supported: use builtins.fetchGit";

  fetchFromGitHub = fromForge (
    {
      owner,
      repo,
      revision,
      githubBase ? "github.com",
      ...
    }:
    {
      archive = "https://${githubBase}/${owner}/${repo}/archive/${revision}.tar.gz";
      git = "https://${githubBase}/${owner}/${repo}.git";
    }
  );
  fetchFromGitLab = fromForge (
    {
      owner,
      repo,
      revision,
      domain ? "gitlab.com",
      group ? null,
      ...
    }:
    let
      slug = lib.concatStringsSep "/" (lib.optional (group != null) group ++ [ owner repo ]);
    in
    {
      archive = "https://${domain}/api/v4/projects/${lib.replaceStrings [ "/" ] [ "%2F" ] slug}/repository/archive.tar.gz?sha=${
        lib.replaceStrings [ "/" ] [ "%2F" ] (lib.removePrefix "refs/tags/" revision)
      }";
      git = "https://${domain}/${slug}.git";
    }
  );
  fetchFromGitea = fromForge (
    {
      owner,
      repo,
      revision,
      domain,
      ...
    }:
    {
      archive = "https://${domain}/${owner}/${repo}/archive/${lib.removePrefix "refs/tags/" revision}.tar.gz";
      git = "https://${domain}/${owner}/${repo}.git";
    }
  );
  fetchFromSourcehut = fromForge (
    {
      owner,
      repo,
      revision,
      domain ? "sr.ht",
      vc ? "git",
      ...
    }:
    {
      archive = "https://${vc}.${domain}/${owner}/${repo}/archive/${lib.removePrefix "refs/tags/" revision}.tar.gz";
      git = "https://${vc}.${domain}/${owner}/${repo}";
    }
  );

  fetchpatch =
    {
      url,
      stripLen ? 0,
      extraPrefix ? null,
      includes ? [ ],
      excludes ? [ ],
      revert ? false,
      decode ? "cat",
      postFetch ? "",
      ...
    }@args:
    fetchurl (
      builtins.removeAttrs args [
        "stripLen"
        "extraPrefix"
        "includes"
        "excludes"
        "revert"
        "decode"
      ]
      // {
        nativeBuildInputs = [ self.patchutils ];
        downloadToTemp = true;
        postFetch = ''
          ${decode} < "$downloadedFile" | filterdiff -p1 \
            ${lib.concatMapStringsSep " " (one: "-i ${lib.escapeShellArg one}") includes} \
            ${lib.concatMapStringsSep " " (one: "-x ${lib.escapeShellArg one}") excludes} \
            --strip=${toString stripLen} \
            ${lib.optionalString (extraPrefix != null) "--addoldprefix=a/${extraPrefix} --addnewprefix=b/${extraPrefix}"} \
            --clean ${lib.optionalString revert "| interdiff /dev/stdin /dev/null"} > "$out"
          if [ ! -s "$out" ]; then
            echo "error: the patch is empty after filtering" >&2
            exit 1
          fi
          ${postFetch}
        '';
      }
    );

  requireFile =
    {
      name ? baseNameOf url,
      url ? null,
      message ? "Unfortunately, ${name} cannot be downloaded automatically. Add it to the store: nix-store --add-fixed sha256 ${name}",
      ...
    }@args:
    let
      hashes = hashAttrs args;
    in
    self.stdenvNoCC.mkDerivation (
      {
        inherit name;
        inherit (hashes) outputHash;
        outputHashMode = args.hashMode or "flat";
        preferLocalBuild = true;
        buildCommand = ''
          cat >&2 <<'EOF'
          ${message}
          EOF
          exit 1
        '';
      }
      // algorithmOf hashes
    );
}
