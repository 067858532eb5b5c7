# Tesseract with the data of the languages that are asked for, which it is told of.
{
  symlinkJoin,
  debianPackages,
  makeWrapper,
  # Codes as in Debian's names: `tesseract.override { enableLanguages = [ "eng" "deu" ]; }`.
  enableLanguages ? null,
}:
let
  languages = if enableLanguages == null then [ "eng" ] else enableLanguages;
  tesseract = debianPackages.tesseract-ocr;
in
symlinkJoin {
  pname = "tesseract";
  inherit (tesseract) version;
  paths = [
    tesseract
    debianPackages.libtesseract5
    debianPackages.tesseract-ocr-osd
  ]
  ++ map (
    language: debianPackages."tesseract-ocr-${builtins.replaceStrings [ "_" ] [ "-" ] language}"
  ) languages;
  nativeBuildInputs = [ makeWrapper ];
  postBuild = ''
    for program in tesseract text2image lstmtraining; do
      rm "$out/bin/$program"
      makeWrapper "${tesseract}/bin/$program" "$out/bin/$program" \
        --set-default TESSDATA_PREFIX "$out/share/tesseract-ocr/5/tessdata"
    done
  '';
  passthru = { inherit languages; };
  meta = tesseract.meta // {
    mainProgram = "tesseract";
  };
}
