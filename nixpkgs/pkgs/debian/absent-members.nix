# Members of sets that people ask for and that Debian does not have in any form, so that the error can say so.
{
  fabricServers = [ "fabric" ];
  firefox-addons = [ "ublock-origin" ];
  fishPlugins = [
    "autopair"
    "colored-man-pages"
    "done"
    "forgit"
    "fzf-fish"
    "grc"
    "hydro"
    "tide"
    "z"
  ];
  gnomeExtensions = [
    "blur-my-shell"
    "vitals"
  ];
  grafanaPlugins = [ "grafana-piechart-panel" ];
  home-assistant-custom-components = [ "hacs" ];
  home-assistant-custom-lovelace-modules = [ "mini-graph-card" ];
  jetbrains = [
    "clion"
    "goland"
    "idea-community"
    "idea-ultimate"
    "pycharm-community"
    "pycharm-professional"
    "rust-rover"
    "webstorm"
  ];
  mpvScripts = [
    "sponsorblock"
    "thumbfast"
  ];
  nerd-fonts = [
    "caskaydia-cove"
    "droid-sans-mono"
    "iosevka"
    "iosevka-term"
    "symbols-only"
  ];
  nodePackages = [
    "bash-language-server"
    "pnpm"
    "prettier"
    "stylelint"
    "svelte-language-server"
    "typescript-language-server"
    "vscode-langservers-extracted"
  ];
  nushellPlugins = [ "query" ];
  obs-studio-plugins = [
    "obs-vaapi"
    "obs-vkcapture"
    "wlrobs"
  ];
  tmuxPlugins = [
    "catppuccin"
    "copycat"
    "fingers"
    "open"
    "resurrect"
    "sensible"
    "vim-tmux-navigator"
    "yank"
  ];
  vimPlugins = [
    "catppuccin-nvim"
    "cmp-nvim-lsp"
    "comment-nvim"
    "dressing-nvim"
    "friendly-snippets"
    "fzf-vim"
    "gitsigns-nvim"
    "indent-blankline-nvim"
    "lightline-vim"
    "lspkind-nvim"
    "luasnip"
    "nvim-autopairs"
    "nvim-cmp"
    "nvim-lspconfig"
    "nvim-tree-lua"
    "nvim-treesitter"
    "nvim-web-devicons"
    "plenary-nvim"
    "rainbow-delimiters-nvim"
    "telescope-fzf-native-nvim"
    "telescope-nvim"
    "telescope-ui-select-nvim"
    "undotree"
    "vim-better-whitespace"
    "vim-commentary"
    "vim-eunuch"
    "vim-nix"
    "vim-repeat"
    "vim-surround"
    "vim-tmux-navigator"
    "vim-unimpaired"
    "which-key-nvim"
  ];
  yaziPlugins = [ "chmod" ];
}
