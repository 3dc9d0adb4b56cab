// Plots of tests: confusion matrices and histograms of confidence, as a list of boxes and texts that is written as SVG
// or as PNG.
//
//   Drawing drawing = DrawConfusionMatrix(matrix, "Intent confusion matrix");
//   drawing.ToSvg();  drawing.ToPng();
//
// PNG texts are drawn in a bitmap font of capital letters, digits and signs; other characters are little boxes there.
// Thread rules: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/classification_report.h"

namespace greenroom {

// Eight bits a part; black when nothing is said.
struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
};

// Units are pixels, from the upper left corner.
class Drawing {
 public:
  Drawing(int width, int height) : width_(width), height_(height) {}

  enum class Anchor { kStart, kMiddle, kEnd };
  // A text has a height of 7 * `scale` pixels and begins, is centred or ends at x; y is its upper edge.
  struct Text {
    int x = 0, y = 0;
    std::string text = {};
    Anchor anchor = Anchor::kStart;
    int scale = 1;
    bool upright = false;  // turned: it runs from bottom to top, and begins or ends at y
    Colour colour = {};
  };
  struct Box {
    int x = 0, y = 0, width = 0, height = 0;
    Colour colour = {};
  };
  void Add(Box box) { boxes_.push_back(box); }
  void Add(Text text) { texts_.push_back(std::move(text)); }

  // What was asked for, in pixels.
  int width() const { return width_; }
  int height() const { return height_; }
  // Whole files, as bytes.
  std::string ToSvg() const;
  std::string ToPng() const;

 private:
  int width_, height_;
  std::vector<Box> boxes_;
  std::vector<Text> texts_;  // above all boxes
};

// Rows are what is true, columns what was predicted; a darker cell was hit more often. Of a matrix with more labels
// than fit, those that were mistaken most are shown, and the title says so.
Drawing DrawConfusionMatrix(const ConfusionMatrix& matrix, const std::string& title);

struct ConfidenceHistogram {
  std::vector<double> right = {}, wrong = {};  // confidences of predictions, 0..1
};
// Bars to the right for what was right, to the left for what was wrong, by steps of confidence.
Drawing DrawHistogram(const ConfidenceHistogram& histogram, const std::string& title);

}  // namespace greenroom
