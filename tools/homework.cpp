// backlight homework: the course's twenty questions about photos, answered from the model and the
// photos at hand.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "kernels/device.h"
#include "kernels/precision.h"
#include "tensor/file.h"
#include "tools/console/interrupt.h"
#include "tools/console/progress.h"
#include "tools/homework/answers.h"
#include "tools/labels.h"
#include "tools/output.h"
#include "tools/report/markup.h"
#include "tools/verbs.h"
#include "tools/version.h"

namespace backlight::tools {
namespace {

bool has_a_single_color(const Image& picture) {
  for (std::size_t i = 3; i < picture.rgb.size(); ++i)
    if (picture.rgb[i] != picture.rgb[i % 3]) return false;
  return true;
}

// The first photos of the folder that can be used, options.count of them.
std::vector<HomeworkPhoto> read_homework(const std::vector<std::filesystem::path>& paths,
                                         const HomeworkOptions& options, const Session& session,
                                         HomeworkRun& run) {
  std::vector<HomeworkPhoto> photos;
  std::set<std::string> taken;
  for (const std::filesystem::path& path : paths) {
    if (photos.size() == options.count) break;
    check_interrupt();
    try {
      HomeworkPhoto photo;
      photo.picture = read_photo(path, session);
      require(!has_a_single_color(photo.picture), path.string(),
              ": the photo has a single colour, in which there is nothing to look at");
      photo.number = photos.size() + 1;
      photo.path = path.string();
      photo.stem = unique_stem(photo.path, taken);
      photos.push_back(std::move(photo));
    } catch (const Error& error) {
      run.unreadable.push_back(error.what());
    }
  }
  if (photos.empty())
    fail("no photo in ", options.images.string(),
         " could be used; the first: ", run.unreadable.front());
  return photos;
}

HomeworkRun describe(const CLI::App& verb, const HomeworkOptions& options, const Session& session) {
  HomeworkRun run;
  run.command = command_of(verb);
  run.version = kVersion;
  run.weights = session.weights;
  run.model = session.model.config().name();
  run.device = name_of(session.device);
  run.device_description = kernels::description_of(session.device);
  run.precision = kernels::precision_names()[static_cast<std::size_t>(kernels::precision())];
  run.class_names = session.class_names;
  run.lime_samples = options.lime_samples;
  run.smoothgrad_samples = options.smoothgrad_samples;
  run.steps = options.steps;
  run.seed = options.seed;
  run.load_seconds = session.load_seconds;
  return run;
}

// The answers one by one, each with its figure written before the next is begun.
void answer_all(Study& study, HomeworkRun& run) {
  for (const CourseQuestion& question : course_questions()) {
    study.begin_question(question.number);
    Answer answer = answer_to(question.number, study);
    answer.figure_file = str("question-", question.number < 10 ? "0" : "", question.number, ".png");
    answer.figure_png = encode_png(answer.figure);
    write_file_atomically(study.options().out / answer.figure_file,
                          std::string_view(answer.figure_png));
    run.answered.push_back({&question, std::move(answer)});
  }
}

void write_homework(const std::filesystem::path& folder, HomeworkRun& run, double start) {
  run.total_seconds = now() - start;
  write_json(folder / "homework.json", to_json(run));
  write_file_atomically(folder / "report.html", to_html(run));
}

void print_summary(const HomeworkRun& run, const std::filesystem::path& out) {
  for (const AnsweredQuestion& answered : run.answered)
    std::printf("%2d. %s\n    %s\n", answered.question->number,
                answered.question->question.en.c_str(), answered.answer.text.en.c_str());
  for (const std::string& sentence : run.unreadable)
    std::fprintf(stderr, "backlight: left out: %s\n", sentence.c_str());
  std::printf("\n%zu questions answered on %s in %s; look at %s\n", run.answered.size(),
              plural(run.photos.size(), "photo").c_str(), duration_text(run.total_seconds).c_str(),
              (out / "report.html").c_str());
}

void run(const CLI::App& verb, const HomeworkOptions& options) {
  const double start = now();
  const std::vector<std::filesystem::path> paths = photos_in(options.images);
  require(!paths.empty(), "there is no photo (.jpg, .jpeg, .png) in the folder ",
          options.images.string(), "; choose another with --images");
  const auto session = open_session(options.session);
  HomeworkRun run = describe(verb, options, *session);
  run.photos_found = paths.size();
  std::vector<HomeworkPhoto> photos = read_homework(paths, options, *session, run);
  prepare_folder(options.out);
  std::printf(
      "%s on %zu of %zu photos in %s: %lld samples of LIME (the notebook: 1000), %lld of "
      "SmoothGrad (500)\n",
      session->weights.c_str(), photos.size(), paths.size(), options.images.c_str(),
      static_cast<long long>(options.lime_samples),
      static_cast<long long>(options.smoothgrad_samples));
  std::fflush(stdout);
  Study study(*session, options, std::move(photos));
  run.photos = study.photos();
  try {
    answer_all(study, run);
  } catch (const Error&) {
    if (!run.answered.empty()) write_homework(options.out, run, start);
    throw;
  }
  write_homework(options.out, run, start);
  print_summary(run, options.out);
}

}  // namespace

void add_homework(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand(
      "homework", "Answer the course's twenty questions about photos, in English and Chinese");
  const auto options = std::make_shared<HomeworkOptions>();
  add_session_options(*verb, options->session);
  verb->add_option("--images", options->images,
                   "Folder of photos, which are numbered from 1 in the order of their names; "
                   "<class>_<number>.jpg says what a photo is of")
      ->required()
      ->type_name("DIR");
  verb->add_option("--count", options->count, "How many photos to use, from the first on")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--lime-samples", options->lime_samples,
                   "Samples of LIME a photo; the notebook draws 1000")
      ->check(CLI::Range(2, 10000000))
      ->capture_default_str();
  verb->add_option("--smoothgrad-samples", options->smoothgrad_samples,
                   "Samples of SmoothGrad a photo; the notebook draws 500")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  verb->add_option("--steps", options->steps, "Steps of the visualisation of a filter")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "Of LIME's masks and SmoothGrad's noise")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--batch", options->batch,
                   "Photos that go through the model at once; chosen to fit memory by default. The "
                   "answers do not depend on it")
      ->check(CLI::Range(1, 65536));
  verb->add_option("--out", options->out,
                   "Folder for report.html, homework.json, the figures and the maps")
      ->capture_default_str();
  verb->footer(
      "Examples:\n"
      "  backlight homework --images photos\n"
      "  backlight homework --weights food_cnn.pth --images photos --out homework\n"
      "  backlight homework --weights food_cnn.pth --images photos --lime-samples 1000 "
      "--smoothgrad-samples 500");
  verb->callback([verb, options] { run(*verb, *options); });
}

}  // namespace backlight::tools
