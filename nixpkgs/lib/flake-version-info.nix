# An overlay for the library in a flake, which knows its revision and date.
self: final: previous: {
  trivial = previous.trivial // {
    versionSuffix = ".${final.substring 0 8 (self.lastModifiedDate or "19700101")}.${
      self.shortRev or "dirty"
    }";
    revisionWithDefault = default: self.rev or default;
  };
}
