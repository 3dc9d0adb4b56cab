#include "app/commands.h"

int main(int argc, char** argv) { return greenroom::RunCommandLine(argc, argv); }
