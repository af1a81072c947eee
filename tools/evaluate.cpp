// backlight evaluate: how often the model is right on a folder of labelled photos, and where not.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "tensor/file.h"
#include "tools/console/interrupt.h"
#include "tools/console/progress.h"
#include "tools/evaluation/confusion_figure.h"
#include "tools/evaluation/evaluation.h"
#include "tools/figure/figure.h"
#include "tools/labels.h"
#include "tools/methods.h"
#include "tools/output.h"
#include "tools/report/markup.h"
#include "tools/verbs.h"
#include "xai/food_cnn_model.h"

namespace backlight::tools {
namespace {

struct Options {
  SessionOptions session;
  std::filesystem::path data, out = "evaluated";
  std::string method = "integrated-gradients";
  int pairs = 3, examples = 2;
};

// The photos from `first` on that can be read, up to `count` of them.
std::vector<Tensor> read_batch(const std::vector<LabelledPhoto>& photos, std::size_t first,
                               std::size_t count, const Session& session, Evaluation& evaluation,
                               std::vector<EvaluatedPhoto>& batch) {
  std::vector<Tensor> tensors;
  const auto classes = static_cast<std::int64_t>(session.class_names.size());
  for (std::size_t n = first; n < std::min(first + count, photos.size()); ++n) {
    const std::string path = photos[n].path.string();
    try {
      require(photos[n].label < classes, path, ": there is no class ", photos[n].label,
              "; the model has 0 to ", classes - 1);
      tensors.push_back(image_to_tensor(read_photo(path, session)));
      batch.push_back({path, photos[n].label});
    } catch (const Error& error) {
      evaluation.unreadable.push_back(error.what());
    }
  }
  return tensors;
}

void predict_all(Session& session, const std::vector<LabelledPhoto>& photos,
                 Evaluation& evaluation) {
  const auto batch_size = static_cast<std::size_t>(choose_batch(session, 0));
  Progress progress("evaluating");
  for (std::size_t first = 0; first < photos.size(); first += batch_size) {
    std::vector<EvaluatedPhoto> batch;
    const auto tensors = read_batch(photos, first, batch_size, session, evaluation, batch);
    if (!tensors.empty()) {
      const std::vector<Prediction> predictions = predict(session, concatenate(tensors));
      for (std::size_t n = 0; n < batch.size(); ++n) {
        batch[n].predicted = predictions[n].predicted;
        batch[n].probability =
            predictions[n].probabilities[static_cast<std::size_t>(batch[n].predicted)];
        evaluation.confusion.add(batch[n].label, batch[n].predicted);
        evaluation.photos.push_back(batch[n]);
      }
    }
    progress.update(static_cast<std::int64_t>(std::min(first + batch_size, photos.size())),
                    static_cast<std::int64_t>(photos.size()));
  }
}

// The photo with its maps for the class it was taken for and for the true one.
ConfusedExample explain_example(Session& session, const EvaluatedPhoto& photo,
                                const Options& options) {
  const Method& method = find_method(options.method);
  const Model model = model_of(session.model);
  const Image picture = read_photo(photo.path, session);
  const Tensor x = image_to_tensor(picture).to(session.device);
  const auto name = [&](std::int64_t c) {
    return session.class_names[static_cast<std::size_t>(c)];
  };
  ExplainOptions defaults;
  std::vector<MapPanel> panels;
  for (const std::int64_t target : {photo.predicted, photo.label}) {
    check_interrupt();
    const MapResult map = method.run({model, x, target, defaults, Work{choose_batch(session, 0)},
                                      session.class_names, session.model.last_features()});
    // A drawing that is a whole figure is too much for a panel.
    const bool is_drawn = map.drawing && !map.drawing->is_whole_figure;
    panels.push_back({map.at_size_of(picture), method.title, "for " + name(target),
                      is_drawn ? map.drawing : std::nullopt});
  }
  ConfusedExample example{photo, {}, {}};
  example.figure = explanation_figure(
      {picture, name(photo.label), "taken for " + name(photo.predicted)}, panels);
  return example;
}

// The photos of each pair of which the network was surest.
void explain_pairs(Session& session, const Options& options, Evaluation& evaluation) {
  Progress progress("explaining confusions");
  const auto pairs = evaluation.confusion.most_confused(static_cast<std::size_t>(options.pairs));
  const auto total = static_cast<std::int64_t>(pairs.size()) * options.examples;
  for (const Confused& classes : pairs) {
    std::vector<EvaluatedPhoto> photos;
    for (const EvaluatedPhoto& photo : evaluation.photos)
      if (photo.label == classes.label && photo.predicted == classes.predicted)
        photos.push_back(photo);
    std::stable_sort(photos.begin(), photos.end(),
                     [](const auto& a, const auto& b) { return a.probability > b.probability; });
    photos.resize(std::min(photos.size(), static_cast<std::size_t>(options.examples)));
    ConfusedPair& pair = evaluation.pairs.emplace_back(ConfusedPair{classes, {}});
    for (const EvaluatedPhoto& photo : photos) {
      ConfusedExample example = explain_example(session, photo, options);
      example.file = str("confused.", classes.label, "-", classes.predicted, ".",
                         pair.examples.size() + 1, ".png");
      write_file_atomically(options.out / example.file, encode_png(example.figure));
      pair.examples.push_back(std::move(example));
      progress.update(static_cast<std::int64_t>(evaluation.pairs.size() - 1) * options.examples +
                          static_cast<std::int64_t>(pair.examples.size()),
                      total);
    }
  }
}

void write_evaluation(const std::filesystem::path& folder, Evaluation& evaluation) {
  evaluation.figure = confusion_figure(evaluation.confusion, evaluation.class_names);
  write_file_atomically(folder / "confusion.png", encode_png(evaluation.figure));
  write_file_atomically(folder / "confusion.csv", to_csv(evaluation));
  write_json(folder / "evaluation.json", to_json(evaluation));
  write_file_atomically(folder / "report.html", to_html(evaluation));
}

void print_summary(const Evaluation& evaluation, const std::filesystem::path& out) {
  const Confusion& confusion = evaluation.confusion;
  std::printf("%-18s %7s %8s %10s\n", "class", "photos", "recall", "precision");
  const auto text = [](const std::optional<double>& share) {
    return share ? percent(*share) : std::string("-");
  };
  for (std::int64_t c = 0; c < confusion.classes(); ++c)
    std::printf("%-18s %7lld %8s %10s\n",
                evaluation.class_names[static_cast<std::size_t>(c)].c_str(),
                static_cast<long long>(confusion.of_label(c)), text(confusion.recall(c)).c_str(),
                text(confusion.precision(c)).c_str());
  std::printf("\n%s of %lld photos recognised\n", text(confusion.accuracy()).c_str(),
              static_cast<long long>(confusion.total()));
  for (const ConfusedPair& pair : evaluation.pairs)
    std::printf("%s of %s taken for %s\n", percent(pair.classes.share).c_str(),
                evaluation.class_names[static_cast<std::size_t>(pair.classes.label)].c_str(),
                evaluation.class_names[static_cast<std::size_t>(pair.classes.predicted)].c_str());
  for (const std::string& sentence : evaluation.unreadable)
    std::fprintf(stderr, "backlight: left out: %s\n", sentence.c_str());
  std::printf("%s; look at %s\n", duration_text(evaluation.seconds).c_str(),
              (out / "report.html").c_str());
}

void run(const CLI::App& verb, const Options& options) {
  const double start = now();
  (void)find_method(options.method);
  const std::vector<LabelledPhoto> photos = labelled_photos(options.data);
  require(!photos.empty(), "no photo in ", options.data.string(),
          " has a label; name them <class>_<number>.jpg");
  const auto session = open_session(options.session);
  prepare_folder(options.out);
  Evaluation evaluation;
  evaluation.command = command_of(verb);
  evaluation.weights = session->weights;
  evaluation.model = session->model.config().name();
  evaluation.device = name_of(session->device);
  evaluation.method = options.method;
  evaluation.class_names = session->class_names;
  evaluation.confusion = Confusion(static_cast<std::int64_t>(session->class_names.size()));
  evaluation.found = static_cast<std::int64_t>(photos.size());
  try {
    predict_all(*session, photos, evaluation);
    if (evaluation.photos.empty())
      throw Error(str("no photo in ", options.data.string(),
                      " could be read; the first: ", evaluation.unreadable.front()));
    explain_pairs(*session, options, evaluation);
  } catch (const Error&) {
    evaluation.seconds = now() - start;
    if (!evaluation.photos.empty()) write_evaluation(options.out, evaluation);
    throw;
  }
  evaluation.seconds = now() - start;
  write_evaluation(options.out, evaluation);
  print_summary(evaluation, options.out);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand(
      "evaluate", "Say how often the model is right on a folder of labelled photos");
  const auto options = std::make_shared<Options>();
  add_session_options(*verb, options->session);
  verb->add_option("--data", options->data, "Folder of photos named <class>_<number>.jpg")
      ->required()
      ->type_name("DIR");
  verb->add_option("--method", options->method, "How the confused examples are explained")
      ->capture_default_str()
      ->type_name("NAME");
  verb->add_option("--pairs", options->pairs, "How many of the most confused pairs to show")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  verb->add_option("--examples", options->examples, "Photos to show of each pair")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--out", options->out,
                   "Folder for confusion.png and .csv, evaluation.json and report.html")
      ->capture_default_str();
  verb->footer(
      "Examples:\n"
      "  backlight evaluate --data photos\n"
      "  backlight evaluate --weights food_cnn.pth --data photos --method smoothgrad --pairs 5");
  verb->callback([verb, options] { run(*verb, *options); });
}

}  // namespace backlight::tools
