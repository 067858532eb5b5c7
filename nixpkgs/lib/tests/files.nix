# lib.fileset, lib.filesystem, lib.path, lib.sources
{ lib }:
let
  inherit (lib) fileset filesystem path sources;

  data = ./files-data;
  tree = data + "/tree";

  # The files of a file set, as subpaths.
  list = files: map (path.removePrefix tree) (fileset.toList files);

  # What a source's filter lets through, of the files in the tree.
  kept =
    source:
    lib.filter (
      file: source.filter (toString (tree + "/${file}")) (filesystem.pathType (tree + "/${file}"))
    ) [ "a.nix" "b.txt" "sub" "sub/c.nix" "sub/d.o" ];

  isNix = fileset.fileFilter (file: file.hasExt "nix") tree;
in
{
  fileSets = {
    expr = {
      folder = list tree;
      file = list (tree + "/a.nix");
      missing = list (fileset.maybeMissing (tree + "/none"));
      union = list (fileset.union (tree + "/b.txt") (tree + "/sub/d.o"));
      unions = list (fileset.unions [ (tree + "/b.txt") (tree + "/a.nix") (tree + "/a.nix") ]);
      intersection = list (fileset.intersection isNix (tree + "/sub"));
      disjoint = list (fileset.intersection (tree + "/a.nix") (tree + "/sub"));
      difference = list (fileset.difference tree isNix);
      inside = list (fileset.difference (tree + "/sub") tree);
      filtered = list isNix;
      byName = list (fileset.fileFilter ({ name, type, ... }: name == "d.o" && type == "regular") tree);
      source = list (fileset.fromSource (lib.cleanSource tree));
      empty = list fileset.empty;
    };
    expected = {
      folder = [ "./a.nix" "./b.txt" "./sub/c.nix" "./sub/d.o" ];
      file = [ "./a.nix" ];
      missing = [ ];
      union = [ "./b.txt" "./sub/d.o" ];
      unions = [ "./a.nix" "./b.txt" ];
      intersection = [ "./sub/c.nix" ];
      disjoint = [ ];
      difference = [ "./b.txt" "./sub/d.o" ];
      inside = [ ];
      filtered = [ "./a.nix" "./sub/c.nix" ];
      byName = [ "./sub/d.o" ];
      source = [ "./a.nix" "./b.txt" "./sub/c.nix" ];
      empty = [ ];
    };
  };

  fileSetsAsSources = {
    expr = kept (
      fileset.toSource {
        root = tree;
        fileset = isNix;
      }
    );
    expected = [ "a.nix" "sub" "sub/c.nix" ];
  };

  foldersWithoutFilesAreLeftOut = {
    expr = kept (
      fileset.toSource {
        root = tree;
        fileset = tree + "/b.txt";
      }
    );
    expected = [ "b.txt" ];
  };

  fileSetsOutsideOfTheRoot = {
    expr =
      (fileset.toSource {
        root = tree + "/sub";
        fileset = tree;
      }).filter;
    throws = true;
  };

  fileSetsOfStrings = {
    expr = fileset.toList (toString tree);
    throws = true;
  };

  fileSetsAreNotValues = {
    expr = fileset.union tree tree;
    throws = true;
  };

  tracesReturnValues = {
    expr = [
      (fileset.trace isNix 1)
      (list (fileset.traceVal isNix))
    ];
    expected = [ 1 [ "./a.nix" "./sub/c.nix" ] ];
  };

  gitWantsARepository = {
    expr = fileset.toList (fileset.gitTracked tree);
    throws = true;
  };

  gitWantsABoolean = {
    expr = fileset.toList (fileset.gitTrackedWith { recurseSubmodules = 1; } tree);
    throws = true;
  };

  kindsOfFiles = {
    expr = [
      (filesystem.pathType tree)
      (lib.readFileType (tree + "/a.nix"))
      (lib.pathIsDirectory tree)
      (lib.pathIsRegularFile (tree + "/a.nix"))
      (lib.pathIsDirectory (tree + "/none"))
      (lib.isPath tree)
      (lib.attrNames (lib.readDir tree))
      (baseNameOf (lib.dirOf (tree + "/a.nix")))
      (lib.baseNameOf tree)
      (lib.hashFile "sha256" (tree + "/b.txt") == lib.hashString "sha256" "a file\n")
    ];
    expected = [ "directory" "regular" true true false true [ "a.nix" "b.txt" "sub" ] "tree" "tree" true ];
  };

  filesBelow = {
    expr = map (path.removePrefix tree) (filesystem.listFilesRecursive tree);
    expected = [ "./a.nix" "./b.txt" "./sub/c.nix" "./sub/d.o" ];
  };

  dominatingFile = {
    expr =
      let
        found = filesystem.locateDominatingFile "(.*)\\.txt" (tree + "/sub/c.nix");
      in
      [
        (found.path == tree)
        found.matches
        (filesystem.locateDominatingFile "no-such-file-anywhere" tree)
      ];
    expected = [ true [ [ "b" ] ] null ];
  };

  haskell = {
    expr = lib.attrNames (filesystem.haskellPathsInDir (data + "/haskell"));
    expected = [ "thing" ];
  };

  packagesOfATree = {
    expr = lib.packagesFromDirectoryRecursive {
      directory = data + "/packages";
      callPackage = lib.callPackageWith {
        one = "1";
        three = "3";
      };
    };
    expected = {
      inner.four = "four after 3";
      one = "one";
      three = "three";
      two = "two after 1";
    };
  };

  packagesOfATreeFindEachOther = {
    expr =
      let
        packages = lib.packagesFromDirectoryRecursive {
          directory = data + "/packages";
          callPackage = lib.callPackageWith { };
          newScope = lib.callPackageWith;
        };
      in
      [
        packages.two
        packages.inner.four
        packages.recurseForDerivations
      ];
    expected = [ "two after one" "four after three" true ];
  };

  defaultFiles = {
    expr = [
      (filesystem.resolveDefaultNix tree == tree + "/default.nix")
      (filesystem.resolveDefaultNix (tree + "/a.nix") == tree + "/a.nix")
    ];
    expected = [ true true ];
  };

  pathsThatAreStrings = {
    expr = path.append "/a" "b";
    throws = true;
  };

  subpathsThatAreNone = {
    expr = map path.subpath.isValid [ "" "/a" "../a" "a/.." "a/../b" null "a" "." "./a/" "..a" ];
    expected = [ false false false false false false true true true true ];
  };

  badSubpathInTheMiddle = {
    expr = path.subpath.join [ "a" "/b" ];
    throws = true;
  };

  joinedSubpaths = {
    expr = [
      (path.subpath.join [ ])
      (path.subpath.join [ "a/" "./b" "." ])
      (path.subpath.components ".")
      (path.subpath.normalise "./a/./b//")
    ];
    expected = [ "./." "./a/b" [ ] "./a/b" ];
  };

  prefixesOfPaths = {
    expr = [
      (path.hasPrefix /a /a)
      (path.hasPrefix /a/b /a)
      (path.hasPrefix /. /a)
      (path.removePrefix /a /a)
      (path.splitRoot /.)
    ];
    expected = [ true false true "./." { root = /.; subpath = "./."; } ];
  };

  removedPrefixThatIsNone = {
    expr = path.removePrefix /a/b /a;
    throws = true;
  };

  pathsInTheStore = {
    expr = map path.hasStorePathPrefix [
      (/. + builtins.storeDir)
      (/. + builtins.storeDir + "/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo/bar")
      (/. + builtins.storeDir + "/.links")
      /etc
    ];
    expected = [ false true false false ];
  };

  filteredSources = {
    expr = {
      clean = kept (lib.cleanSource tree);
      suffices = kept (lib.sourceFilesBySuffices tree [ ".txt" ]);
      regex = kept (lib.sourceByRegex tree [ "sub" "sub/.*\\.o" ]);
      globs = kept (sources.sourceByGlobs tree [ "*.txt" "**/*.nix" ]);
      twice = kept (lib.sourceFilesBySuffices (lib.cleanSource tree) [ ".o" ".nix" ]);
    };
    expected = {
      clean = [ "a.nix" "b.txt" "sub" "sub/c.nix" ];
      suffices = [ "b.txt" "sub" ];
      regex = [ "sub" "sub/d.o" ];
      globs = [ "a.nix" "b.txt" "sub" "sub/c.nix" ];
      twice = [ "a.nix" "sub" "sub/c.nix" ];
    };
  };

  uncleanFiles = {
    expr = lib.filter (name: lib.cleanSourceFilter "/x/${name}" "regular") [
      ".git"
      "a~"
      ".a.swp"
      ".swo"
      "a.o"
      "b.so"
      "result"
      ".gitignore"
      "CVS"
    ];
    expected = [ "result" ".gitignore" "CVS" ];
  };

  uncleanFoldersAndLinks = {
    expr = [
      (lib.cleanSourceFilter "/x/CVS" "directory")
      (lib.cleanSourceFilter "/x/result-2" "symlink")
      (lib.cleanSourceFilter "/x/socket" "unknown")
      (lib.cleanSourceFilter "/x/src" "directory")
    ];
    expected = [ false false false true ];
  };

  namesOfSources = {
    expr = [
      (lib.cleanSourceWith { src = tree; }).name
      (lib.cleanSourceWith {
        src = lib.cleanSourceWith {
          src = tree;
          name = "inner";
        };
      }).name
      (lib.canCleanSource (builtins.toFile "x" ""))
      (sources.trace (lib.cleanSource tree)).name
      (lib.isFunction lib.filterSource)
    ];
    expected = [ "source" "inner" false "source" true ];
  };

  repositories = {
    expr = [
      (lib.commitIdFromGitRepo (data + "/repository/dot-git"))
      (lib.commitIdFromGitRepo (data + "/packed/dot-git"))
      (lib.commitIdFromGitRepo (toString (data + "/worktree/dot-git")))
      (lib.pathIsGitRepo tree)
    ];
    expected = [
      "0123456789012345678901234567890123456789"
      "abcdefabcdefabcdefabcdefabcdefabcdefabcd"
      "0123456789012345678901234567890123456789"
      false
    ];
  };

  notARepository = {
    expr = lib.commitIdFromGitRepo tree;
    throws = true;
  };

  namesOfRevisions = {
    expr = [
      (lib.repoRevToName "source" "https://x/a" "1" null)
      (lib.repoRevToName "versioned" "https://x/a.git" "refs/tags/v1.2" "git")
      (lib.repoRevToName "full" "https://x/a" null "git")
      (sources.shortRev "0123456789abcdef")
      (sources.shortRev "feature-branch")
      (sources.urlToName "git@x:a/b.tar.gz/")
      (lib.revOrTag null null)
      (lib.revOrTag "r" "t")
    ];
    expected = [ "source" "a-1.2-source" "a-git-source" "0123456" "feature-branch" "b" "HEAD" "t" ];
  };

  unknownKindOfName = {
    expr = lib.repoRevToName "other";
    throws = true;
  };
}
