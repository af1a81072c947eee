// The program: parses the command line, runs one verb, turns errors into one sentence.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "tensor/error.h"
#include "tools/console/interrupt.h"
#include "tools/console/suggest.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

constexpr int kFailed = 1, kUsage = 2, kInterrupted = 130;

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What is wrong with the command line, in one sentence.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error, int argc,
                          char** argv) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    const std::string given = argc > 1 ? argv[1] : "";
    if (given.empty()) return "say what to do: backlight --help lists the verbs";
    return "there is no verb '" + given + "'" + did_you_mean(given, verbs_of(app)) +
           (did_you_mean(given, verbs_of(app)).empty() ? "; backlight --help lists the verbs" : "");
  }
  const CLI::App& verb = *chosen.front();
  for (const std::string& extra : verb.remaining()) {
    const std::string name = extra.substr(0, extra.find('='));
    if (!name.starts_with("-")) continue;
    const std::string hint = did_you_mean(name, options_of(verb));
    return "backlight " + verb.get_name() + " has no option " + name +
           (hint.empty() ? "; --help lists them" : hint);
  }
  return std::string(error.what()) + "; backlight " + verb.get_name() + " --help shows how";
}

// The text on one line and without control characters: messages hold names of files, which may hold
// anything, and lists that PyTorch breaks into lines.
std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!control)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  return line;
}

void report(const std::string& message) {
  std::fprintf(stderr, "backlight: %s\n", on_one_line(message).c_str());
}

int run(int argc, char** argv) {
  CLI::App app("Backlight explains what a neural network looked at.", "backlight");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Show this help");
  app.footer(
      "Examples:\n"
      "  backlight predict lunch.jpg\n"
      "  backlight explain --weights food_cnn.pth --out explained 2_17.jpg\n"
      "  backlight VERB --help");
  add_predict(app);
  add_explain(app);
  add_evaluate(app);
  add_filters(app);
  add_homework(app);
  add_inspect(app);
  add_convert(app);
  add_train(app);
  add_demo(app);
  add_profile(app);
  try {
    app.parse(argc, argv);
    require(std::fflush(stdout) == 0 && !std::ferror(stdout),
            "could not write all of the output; is the disk full?");
    return 0;
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    report(usage_problem(app, error, argc, argv));
    return kUsage;
  }
}

}  // namespace
}  // namespace backlight::tools

int main(int argc, char** argv) {
  using namespace backlight;
  tools::catch_interrupts();
  try {
    return tools::run(argc, argv);
  } catch (const Interrupted&) {
    tools::report("interrupted; files already written are whole");
    return tools::kInterrupted;
  } catch (const Error& error) {
    tools::report(error.what());
  } catch (const std::bad_alloc&) {
    tools::report("out of memory; use a smaller --batch");
  } catch (const std::exception& error) {
    tools::report(str("unexpected error: ", error.what()));
  }
  return tools::kFailed;
}
