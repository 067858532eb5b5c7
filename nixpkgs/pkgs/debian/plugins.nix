# Sets of plugins and of languages' packages, as far as Debian has them; members that it lacks say so when they are used.
{ lib, explain }:
self: super:
let
  packages = self.debianPackages;

  present = lib.mapAttrs (_: name: packages.${name});

  # Packages named `<before>NAME<after>` under NAME.
  between =
    before: after:
    lib.listToAttrs (
      map (name: lib.nameValuePair (lib.removeSuffix after (lib.removePrefix before name)) packages.${name}) (
        builtins.filter (name: lib.hasPrefix before name && lib.hasSuffix after name) (
          builtins.attrNames packages
        )
      )
    );

  # A plugin of Vim as a folder with `plugin`, `autoload` and so on at its top.
  vimPlugin =
    name:
    self.runCommandLocal "vimplugin-${name}-${packages.${name}.version}"
      {
        package = packages.${name};
        inherit (packages.${name}) version meta;
        passthru.vimPlugin = true;
      }
      ''
        for folder in "$package"/share/*/ "$package"/share/nvim/site/pack/*/start/*/ "$package"/share/vim/addons/; do
          for part in plugin autoload ftplugin colors syntax lua; do
            if [[ -d $folder$part ]]; then
              mkdir "$out"
              ln -s "$folder"* "$out"
              exit
            fi
          done
        done
        echo "$package has no plugin of Vim" >&2
        exit 1
      '';

  # Perl's modules under nixpkgs' names: libfile-slurp-perl is FileSlurp.
  perlName =
    package:
    lib.concatMapStrings (part: lib.toUpper (builtins.substring 0 1 part) + builtins.substring 1 (-1) part) (
      lib.splitString "-" (lib.removeSuffix "-perl" (lib.removePrefix "lib" package))
    );
  perlPackages =
    lib.listToAttrs (
      map (name: lib.nameValuePair (perlName name) packages.${name}) (
        builtins.filter (name: lib.hasPrefix "lib" name && lib.hasSuffix "-perl" name) (
          builtins.attrNames packages
        )
      )
    )
    // present {
      CGI = "libcgi-pm-perl";
      DBDSQLite = "libdbd-sqlite3-perl";
      DBDPg = "libdbd-pg-perl";
      DBDmysql = "libdbd-mysql-perl";
      DBI = "libdbi-perl";
      FileFindRule = "libfile-find-rule-perl";
      HTMLParser = "libhtml-parser-perl";
      HTTPDaemon = "libhttp-daemon-perl";
      IOSocketSSL = "libio-socket-ssl-perl";
      JSON = "libjson-perl";
      JSONPP = "libjson-pp-perl";
      JSONXS = "libjson-xs-perl";
      LWP = "libwww-perl";
      LWPProtocolHttps = "liblwp-protocol-https-perl";
      NetDBus = "libnet-dbus-perl";
      TermReadKey = "libterm-readkey-perl";
      URI = "liburi-perl";
      XMLLibXML = "libxml-libxml-perl";
      XMLParser = "libxml-parser-perl";
      XMLSimple = "libxml-simple-perl";
      XMLTwig = "libxml-twig-perl";
      YAML = "libyaml-perl";
      YAMLLibYAML = "libyaml-libyaml-perl";
    }
    // {
      inherit (self) perl;
    };

  llvmPackagesOf =
    suffix:
    present {
      bintools = "llvm${suffix}";
      clang = "clang${suffix}";
      clang-tools = "clang-tools${suffix}";
      clang-unwrapped = "clang${suffix}";
      lld = "lld${suffix}";
      lldb = "lldb${suffix}";
      llvm = "llvm${suffix}";
    };

  sets = {
    vimPlugins =
      lib.listToAttrs (
        map (name: lib.nameValuePair name (vimPlugin name)) [
          "vim-airline"
          "vim-airline-themes"
          "vim-ale"
          "vim-autopairs"
          "vim-autopep8"
          "vim-ctrlp"
          "vim-easy-align"
          "vim-fugitive"
          "vim-gitgutter"
          "vim-gruvbox"
          "vim-lastplace"
          "vim-ledger"
          "vim-pathogen"
          "vim-puppet"
          "vim-rails"
          "vim-snipmate"
          "vim-snippets"
          "vim-syntastic"
          "vim-tabular"
          "vim-textobj-user"
          "vim-vader"
          "vim-vimwiki"
        ]
      )
      // lib.mapAttrs (_: vimPlugin) {
        ale = "vim-ale";
        ctrlp-vim = "vim-ctrlp";
        fugitive = "vim-fugitive";
        gruvbox = "vim-gruvbox";
        lualine-nvim = "neovim-lualine";
        syntastic = "vim-syntastic";
        tabular = "vim-tabular";
        vimwiki = "vim-vimwiki";
      };
    tmuxPlugins = present { tpm = "tmux-plugin-manager"; };
    obs-studio-plugins = present {
      advanced-scene-switcher = "obs-advanced-scene-switcher";
      obs-move-transition = "obs-move-transition";
      obs-pipewire-audio-capture = "obs-pipewire-audio-capture";
    };
    ibus-engines = present {
      anthy = "ibus-anthy";
      hangul = "ibus-hangul";
      libpinyin = "ibus-libpinyin";
      m17n = "ibus-m17n";
      mozc = "ibus-mozc";
      rime = "ibus-rime";
      table = "ibus-table";
      typing-booster = "ibus-typing-booster";
      uniemoji = "ibus-table-emoticon";
    };
    libretro = present {
      desmume = "libretro-desmume";
      gambatte = "libretro-gambatte";
      genesis-plus-gx = "libretro-genesisplusgx";
      mgba = "libretro-mgba";
      nestopia = "libretro-nestopia";
      snes9x = "libretro-snes9x";
    };
    nginxModules = between "libnginx-mod-http-" "" // present {
      brotli = "libnginx-mod-http-brotli-filter";
      dav = "libnginx-mod-http-dav-ext";
      fancyindex = "libnginx-mod-http-fancyindex";
      geoip2 = "libnginx-mod-http-geoip2";
      lua = "libnginx-mod-http-lua";
      moreheaders = "libnginx-mod-http-headers-more-filter";
      njs = "libnginx-mod-http-js";
      pam = "libnginx-mod-http-auth-pam";
      rtmp = "libnginx-mod-rtmp";
    };
    haskellPackages =
      between "libghc-" "-dev"
      // present {
        cabal-install = "cabal-install";
        ghc = "ghc";
        hledger = "hledger";
        hlint = "hlint";
        pandoc = "pandoc";
        xmonad = "xmonad";
      }
      // {
        # A compiler that finds these packages and what they depend on.
        ghcWithPackages =
          choose:
          self.symlinkJoin {
            name = "ghc-${packages.ghc.version}-with-packages";
            paths = [ packages.ghc ] ++ choose self.haskellPackages;
          };
      };
    nodePackages = between "node-" "" // {
      inherit (self) nodejs;
    };
    inherit perlPackages;
    llvmPackages = llvmPackagesOf "";
    llvmPackages_17 = llvmPackagesOf "-17";
    llvmPackages_18 = llvmPackagesOf "-18";
    llvmPackages_19 = llvmPackagesOf "-19";
    llvmPackages_latest = llvmPackagesOf "-19";
    luaPackages = between "lua-" "";
    lua54Packages = between "lua-" "";
    rubyPackages = between "ruby-" "";
    rPackages = lib.mapAttrs' (name: lib.nameValuePair (builtins.replaceStrings [ "-" ] [ "_" ] name)) (
      between "r-cran-" ""
    );
    phpPackages = between "php-" "" // {
      inherit (packages) composer;
    };
    nixVersions = lib.genAttrs [
      "latest"
      "stable"
    ] (_: self.nix);
    vscode-extensions = { };
  };

  missing = lib.mapAttrs (
    set: names: lib.genAttrs names (name: explain "${set}.${name}")
  ) (import ./absent-members.nix);

  # Marketplace extensions are `<publisher>.<name>`; Debian has no editor that takes them.
  noExtensions = lib.genAttrs [
    "arrterian"
    "bbenoist"
    "bradlc"
    "catppuccin"
    "charliermarsh"
    "christian-kohler"
    "davidanson"
    "dbaeumer"
    "eamodio"
    "editorconfig"
    "esbenp"
    "github"
    "golang"
    "haskell"
    "jnoortheen"
    "justusadam"
    "llvm-vs-code-extensions"
    "mechatroner"
    "mkhl"
    "ms-azuretools"
    "ms-dotnettools"
    "ms-python"
    "ms-toolsai"
    "ms-vscode"
    "ms-vscode-remote"
    "pkief"
    "redhat"
    "rust-lang"
    "tamasfe"
    "tomoki1207"
    "usernamehw"
    "vadimcn"
    "vscodevim"
    "yzhang"
  ] (publisher: explain "vscode-extensions.${publisher}");
in
lib.mapAttrs (name: members: missing.${name} or { } // members) (
  lib.mapAttrs (_: _: { }) missing // builtins.intersectAttrs missing super // sets
)
// {
  vscode-extensions = noExtensions;
  nodePackages_latest = self.nodePackages;
  gitAndTools = self;
}
