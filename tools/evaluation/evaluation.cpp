#include "tools/evaluation/evaluation.h"

#include "tools/report/page.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

// The harmonic mean of precision and recall.
std::optional<double> f1(const Confusion& confusion, std::int64_t c) {
  const auto precision = confusion.precision(c), recall = confusion.recall(c);
  if (!precision || !recall) return std::nullopt;
  const double sum = *precision + *recall;
  return sum > 0 ? 2 * *precision * *recall / sum : 0;
}

json classes_json(const Evaluation& evaluation) {
  json classes = json::array();
  for (std::int64_t c = 0; c < evaluation.confusion.classes(); ++c)
    classes.push_back({{"name", evaluation.class_names[static_cast<std::size_t>(c)]},
                       {"photos", evaluation.confusion.of_label(c)},
                       {"precision", or_null(evaluation.confusion.precision(c))},
                       {"recall", or_null(evaluation.confusion.recall(c))},
                       {"f1", or_null(f1(evaluation.confusion, c))}});
  return classes;
}

json pairs_json(const Evaluation& evaluation) {
  json pairs = json::array();
  for (const ConfusedPair& pair : evaluation.pairs) {
    json examples = json::array();
    for (const ConfusedExample& example : pair.examples)
      examples.push_back({{"path", clean_utf8(example.photo.path)}, {"figure", example.file}});
    pairs.push_back({{"label", pair.classes.label},
                     {"predicted", pair.classes.predicted},
                     {"count", pair.classes.count},
                     {"share", pair.classes.share},
                     {"examples", examples}});
  }
  return pairs;
}

// A field of a CSV line (RFC 4180).
std::string field(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string share_label(const std::optional<double>& share) {
  return share ? percent(*share) : "\u2013";
}

Markup class_rows(const Evaluation& evaluation) {
  Markup rows;
  for (std::int64_t c = 0; c < evaluation.confusion.classes(); ++c)
    rows += html("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                 evaluation.class_names[static_cast<std::size_t>(c)],
                 evaluation.confusion.of_label(c), share_label(evaluation.confusion.recall(c)),
                 share_label(evaluation.confusion.precision(c)));
  return rows;
}

Markup pair_sections(const Evaluation& evaluation) {
  Markup sections;
  for (const ConfusedPair& pair : evaluation.pairs) {
    const auto name = [&](std::int64_t c) {
      return evaluation.class_names[static_cast<std::size_t>(c)];
    };
    Markup figures;
    for (const ConfusedExample& example : pair.examples)
      figures += html(
          R"(<figure><img src="{}" width="{}" height="{}" alt="{} and its maps"><figcaption>{}: )"
          R"({}, taken for {} with {}</figcaption></figure>)",
          data_url(example.figure), example.figure.width, example.figure.height, example.photo.path,
          example.photo.path, name(example.photo.label), name(example.photo.predicted),
          percent(example.photo.probability));
    sections += html(
        R"(<section class="photo"><h2>{} taken for {}</h2><p>{} photos, {} of this class.</p>{}</section>
)",
        name(pair.classes.label), name(pair.classes.predicted), pair.classes.count,
        percent(pair.classes.share), figures);
  }
  return sections;
}

}  // namespace

json to_json(const Evaluation& evaluation) {
  const Confusion& confusion = evaluation.confusion;
  json counts = json::array(), shares = json::array(), photos = json::array();
  for (std::int64_t i = 0; i < confusion.classes(); ++i) {
    json count_row = json::array(), share_row = json::array();
    for (std::int64_t j = 0; j < confusion.classes(); ++j) {
      count_row.push_back(confusion.count(i, j));
      share_row.push_back(or_null(confusion.share(i, j)));
    }
    counts.push_back(count_row);
    shares.push_back(share_row);
  }
  for (const EvaluatedPhoto& photo : evaluation.photos)
    photos.push_back({{"path", clean_utf8(photo.path)},
                      {"label", photo.label},
                      {"predicted", photo.predicted},
                      {"probability", photo.probability}});
  return {{"format", "backlight-evaluation"},
          {"format_version", 1},
          {"command", evaluation.command},
          {"weights", evaluation.weights},
          {"model", evaluation.model},
          {"device", evaluation.device},
          {"seconds", evaluation.seconds},
          {"found", evaluation.found},
          {"evaluated", confusion.total()},
          {"unreadable", evaluation.unreadable},
          {"accuracy", or_null(confusion.accuracy())},
          {"classes", classes_json(evaluation)},
          {"confusion", counts},
          {"normalised", shares},
          {"confused", pairs_json(evaluation)},
          {"photos", photos}};
}

std::string to_csv(const Evaluation& evaluation) {
  std::string csv = "true class";
  for (const std::string& name : evaluation.class_names) csv += "," + field(name);
  csv += "\n";
  for (std::int64_t i = 0; i < evaluation.confusion.classes(); ++i) {
    csv += field(evaluation.class_names[static_cast<std::size_t>(i)]);
    for (std::int64_t j = 0; j < evaluation.confusion.classes(); ++j)
      csv += str(",", evaluation.confusion.count(i, j));
    csv += "\n";
  }
  return csv;
}

std::string to_html(const Evaluation& evaluation) {
  const Confusion& confusion = evaluation.confusion;
  Markup page{"<!DOCTYPE html>\n<html lang=\"en\">\n"};
  page += page_head(str("Backlight: ", confusion.total(), " photos evaluated"));
  page += html(
      R"(<body class="evaluation">
<header class="top"><p class="brand">Backlight</p>
<h1>{} of {} photos recognised</h1>
<p class="lede">{} on {}, computed on {} in {}.</p></header>
<main>
<section class="scores"><h2>What each class is taken for</h2>
<img class="matrix" src="{}" width="{}" height="{}" alt="The confusion matrix; its numbers are in confusion.csv">
</section>
<section class="scores"><h2>Class by class</h2>
<table class="timings"><thead><tr><th scope="col">Class</th><th scope="col">Photos</th>
<th scope="col">Recall: found among them</th><th scope="col">Precision: right where it says so</th></tr></thead>
<tbody>
{}</tbody></table></section>
{}</main>
<footer><h2>Do it again</h2><pre><code>{}</code></pre></footer>
</body>
</html>
)",
      share_label(confusion.accuracy()), count_label(confusion.total()), evaluation.model,
      evaluation.weights, evaluation.device, seconds_label(evaluation.seconds),
      data_url(evaluation.figure), evaluation.figure.width, evaluation.figure.height,
      class_rows(evaluation), pair_sections(evaluation), shell_line(evaluation.command));
  return std::move(page.text);
}

}  // namespace backlight::tools
