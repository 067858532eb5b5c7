# Container images: `dockerTools.buildLayeredImage { name = "hello"; contents = [ pkgs.hello ]; }`, for `docker load`.
{ lib, self }:
let
  inherit (self) runCommandLocal;

  hostArchitecture = if self.stdenv.hostPlatform.isAarch64 then "arm64" else "amd64";

  # The hash part of an image's store path says which image it is.
  defaultTag = image: builtins.head (lib.splitString "-" (baseNameOf (builtins.unsafeDiscardStringContext image)));

  unpacked =
    image:
    if image == null then
      null
    else
      runCommandLocal "unpacked-image" { nativeBuildInputs = [ self.gzip ]; } ''
        mkdir $out
        tar -xf ${image} -C $out
      '';

  # A tar file with everything outside of the store: links to packages, or copies of them, and what commands make.
  rootLayer =
    {
      contents,
      isCopied,
      extraCommands,
      fakeRootCommands,
    }:
    runCommandLocal "root-layer.tar"
      {
        contents = lib.toList (if contents == null then [ ] else contents);
        nativeBuildInputs = lib.optionals (fakeRootCommands != "") [
          self.fakeroot
          self.util-linux
        ];
        inherit extraCommands fakeRootCommands;
        passAsFile = [
          "extraCommands"
          "fakeRootCommands"
        ];
      }
      ''
        mkdir root
        for package in $contents; do
          if [[ -n "${lib.optionalString isCopied "1"}" ]]; then
            cp -r --no-preserve=mode,ownership "$package"/. root
            while IFS= read -r -d "" file; do
              chmod +x "root/$file"
            done < <(cd "$package" && find . -type f -perm /111 -print0)
          else
            cp -rs --no-preserve=mode "$package"/. root
          fi
        done
        chmod -R u+w root
        (cd root && source "$extraCommandsPath")
        pack='tar -C root --sort=name --mtime=@1 --numeric-owner --hard-dereference -cf $out .'
        if [[ -s $fakeRootCommandsPath ]]; then
          # The real chown fails in a sandbox, whatever the fake one says.
          FAKEROOTDONTTRYCHOWN=1 fakeroot -- bash -e -c 'chown -R 0:0 root; (cd root; source "$1"); eval "$2"' _ "$fakeRootCommandsPath" "$pack"
        else
          eval "$pack --owner=0 --group=0"
        fi
      '';

  describe =
    {
      name,
      tag ? null,
      fromImage ? null,
      contents ? [ ],
      config ? { },
      architecture ? hostArchitecture,
      created ? "1970-01-01T00:00:01Z",
      extraCommands ? "",
      fakeRootCommands ? "",
      includeStorePaths ? true,
      maxLayers ? 100,
      isCopied ? false,
      passthru ? { },
      meta ? { },
    }:
    let
      root = rootLayer {
        inherit
          contents
          isCopied
          extraCommands
          fakeRootCommands
          ;
      };
      # What the image refers to is in it: its contents, and what its configuration names.
      closure = self.writeClosure (
        lib.toList (if contents == null then [ ] else contents) ++ [ (self.writeText "config" (builtins.toJSON config)) ]
      );
      description =
        runCommandLocal "${baseNameOf name}-image.json"
          {
            nativeBuildInputs = [
              self.python3
              self.jq
            ];
            options = builtins.toJSON {
              inherit architecture config created;
              root_layer = root;
              from_image = unpacked fromImage;
              repo_tag = "${name}:${if tag != null then tag else defaultTag root.outPath}";
            };
          }
          ''
            layers='[]'
            ${lib.optionalString includeStorePaths "layers=$(python3 ${./layers.py} ${closure} ${toString maxLayers})"}
            jq --argjson layers "$layers" '. + { store_layers: $layers }' <<< "$options" > $out
          '';
    in
    {
      inherit description;
      passthru = {
        imageName = lib.toLower name;
        imageTag = if tag != null then tag else defaultTag root.outPath;
      }
      // passthru;
      inherit meta;
    };

  stream =
    args:
    let
      image = describe args;
    in
    runCommandLocal "stream-${baseNameOf args.name}" { inherit (image) passthru meta; } ''
      printf '#!%s\nexec %s %s %s\n' ${self.runtimeShell} ${self.python3}/bin/python3 ${./image.py} ${image.description} > $out
      chmod +x $out
    '';

  build =
    compressor: args:
    let
      image = describe args;
      suffix =
        {
          gz = ".gz";
          zstd = ".zst";
          none = "";
        }
        .${compressor};
      compress =
        {
          gz = "gzip -n";
          zstd = "zstd";
          none = "cat";
        }
        .${compressor};
    in
    self.runCommand "${baseNameOf args.name}.tar${suffix}"
      {
        nativeBuildInputs = [
          self.gzip
          self.zstd
          self.python3
        ];
        inherit (image) passthru meta;
      }
      "python3 ${./image.py} ${image.description} | ${compress} > $out";

  checkFakechroot =
    args:
    if args.enableFakechroot or false then
      unsupported "enableFakechroot" "fakeRootCommands run in the folder that becomes the image's root"
    else
      { };

  unsupported = name: reason: throw "dockerTools: ${name} is not supported: ${reason}";
in
{
  streamLayeredImage = args: stream (builtins.removeAttrs args [ "enableFakechroot" ] // checkFakechroot args);
  buildLayeredImage =
    {
      compressor ? "gz",
      ...
    }@args:
    build compressor (
      builtins.removeAttrs args [
        "compressor"
        "enableFakechroot"
      ]
      // checkFakechroot args
    );

  # One layer that holds everything.
  buildImage =
    {
      name,
      copyToRoot ? null,
      contents ? copyToRoot,
      compressor ? "gz",
      runAsRoot ? null,
      # For images that are made in a virtual machine, which this one is not.
      diskSize ? null,
      buildVMMemorySize ? null,
      ...
    }@args:
    if runAsRoot != null then
      unsupported "runAsRoot" "use extraCommands, or fakeRootCommands of buildLayeredImage"
    else
      build compressor (
        builtins.removeAttrs args [
          "buildVMMemorySize"
          "compressor"
          "copyToRoot"
          "diskSize"
          "runAsRoot"
        ]
        // {
          contents = if contents == null then [ ] else contents;
          maxLayers = 1;
          isCopied = true;
        }
      );

  # What programs in an image often want to find at fixed places.
  binSh = runCommandLocal "bin-sh" { } "mkdir -p $out/bin; ln -s ${self.runtimeShell} $out/bin/sh";
  usrBinEnv = runCommandLocal "usr-bin-env" { } "mkdir -p $out/usr/bin; ln -s ${self.coreutils}/bin/env $out/usr/bin";
  caCertificates = runCommandLocal "ca-certificates" { } ''
    mkdir -p $out/etc/ssl/certs $out/etc/pki/tls/certs
    for place in ssl/certs/ca-bundle.crt ssl/certs/ca-certificates.crt pki/tls/certs/ca-bundle.crt; do
      ln -s ${self.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/$place
    done
  '';
  fakeNss = self.symlinkJoin {
    name = "fake-nss";
    paths = [
      (self.writeTextDir "etc/passwd" ''
        root:x:0:0:root user:/var/empty:/bin/sh
        nobody:x:65534:65534:nobody:/var/empty:/bin/sh
      '')
      (self.writeTextDir "etc/group" ''
        root:x:0:
        nobody:x:65534:
      '')
      (self.writeTextDir "etc/nsswitch.conf" "hosts: files dns\n")
    ];
  };
  pullImage = _: unsupported "pullImage" "save the image with `skopeo copy` and give the file as fromImage";
}
