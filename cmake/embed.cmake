# Writes OUTPUT, a C++ source with the files under FOLDER as a table {path, text}. Run as a script: cmake -D... -P.
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)
set(rows "")
foreach(file ${files})
  file(READ ${FOLDER}/${file} text)
  string(APPEND rows "    {\"${file}\", R\"GREENROOM(${text})GREENROOM\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"app/example_files.h\"\n\nnamespace greenroom {\n\nconst std::vector<ExampleFile>& ExampleFiles() {\n  static const std::vector<ExampleFile> files = {\n${rows}  };\n  return files;\n}\n\n}  // namespace greenroom\n")
