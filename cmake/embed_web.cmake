# Writes OUTPUT, a C++ source with the files under FOLDER (web/dist) as the table WebAssets(). The bytes are taken in by
# the assembler. A file NAME.gz is the compressed form of NAME. Run as a script: cmake -D... -P.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
list(FILTER files EXCLUDE REGEX "\\.gz$")
list(FILTER files EXCLUDE REGEX "^\\.vite/")  # the list of the bundler, for tools/ui_budget
list(SORT files)  # by bytes, as the look-up does
set(symbols "")
set(rows "")
set(number 0)

macro(take file)
  set(symbol greenroom_web_${number})
  math(EXPR number "${number} + 1")
  string(APPEND symbols "__asm__(\".section .rodata\\n.global ${symbol}\\n.global ${symbol}_end\\n${symbol}:\\n\"\n"
         "        \".incbin \\\"${file}\\\"\\n${symbol}_end:\\n.byte 0\\n.previous\\n\");\n"
         "extern \"C\" const char ${symbol}[], ${symbol}_end[];\n")
  set(view "{${symbol}, static_cast<size_t>(${symbol}_end - ${symbol})}")
endmacro()

foreach(file ${files})
  take(${FOLDER}/${file})
  set(row "{\"${file}\", ${view}")
  if(EXISTS ${FOLDER}/${file}.gz)
    take(${FOLDER}/${file}.gz)
    string(APPEND row ", ${view}")
  endif()
  string(APPEND rows "    ${row}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"webui/web_assets.h\"\n\n${symbols}\nnamespace greenroom {\n\nconst std::vector<WebAsset>& WebAssets() {\n  static const std::vector<WebAsset> assets = {\n${rows}  };\n  return assets;\n}\n\n}  // namespace greenroom\n")
