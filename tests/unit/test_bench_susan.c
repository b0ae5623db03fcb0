// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The suite's SUSAN on pictures whose edges and corners are known, and its pictures' files.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include <bench/suite/mibench/susan.h>
#include <bench/suite/work.h>

#define WIDTH     64
#define HEIGHT    48
#define THRESHOLD 20

static struct picture picture, result;

static int setup(void **state) {
    (void)state;
    return picture_make(&picture, WIDTH, HEIGHT) && picture_make(&result, WIDTH, HEIGHT) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    picture_free(&picture);
    picture_free(&result);
    return 0;
}

static uint8_t *pixel(struct picture *p, unsigned x, unsigned y) {
    return &p->pixels[y * WIDTH + x];
}

// The pixels from left and top on, up to below right and bottom.
static void rectangle_fill(unsigned left, unsigned top, unsigned right, unsigned bottom, uint8_t brightness) {
    for (unsigned y = top; y < bottom; y++) {
        memset(pixel(&picture, left, y), brightness, right - left);
    }
}

static void noise_add(unsigned most) {
    uint64_t seed = 1;
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        picture.pixels[i] = (uint8_t)(picture.pixels[i] + random_below(&seed, 2 * most + 1) - most);
    }
}

static unsigned count_nonzero(const struct picture *p) {
    unsigned count = 0;
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        count += p->pixels[i] != 0;
    }
    return count;
}

static void smoothing_preserves_constants(void **state) {
    (void)state;
    for (unsigned brightness = 0; brightness <= 255; brightness += 15) {
        memset(picture.pixels, (int)brightness, WIDTH * HEIGHT);
        assert_true(susan_smooth(&picture, THRESHOLD, &result));
        assert_memory_equal(result.pixels, picture.pixels, WIDTH * HEIGHT);
    }
}

static void smoothing_keeps_steps_and_corners(void **state) {
    (void)state;
    rectangle_fill(0, 0, WIDTH, HEIGHT, 50);
    rectangle_fill(20, 14, 44, 34, 200);
    assert_true(susan_smooth(&picture, THRESHOLD, &result));
    assert_memory_equal(result.pixels, picture.pixels, WIDTH * HEIGHT);
}

static void smoothing_lessens_noise(void **state) {
    (void)state;
    unsigned before = 0, after = 0;
    rectangle_fill(0, 0, WIDTH, HEIGHT, 100);
    noise_add(8);
    assert_true(susan_smooth(&picture, THRESHOLD, &result));
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        before += (unsigned)abs(picture.pixels[i] - 100);
        after += (unsigned)abs(result.pixels[i] - 100);
    }
    assert_true(after * 4 < before);
}

// Nothing around is like it.
static void a_lone_pixel_becomes_the_median_around_it(void **state) {
    (void)state;
    rectangle_fill(0, 0, WIDTH, HEIGHT, 100);
    *pixel(&picture, 30, 20) = 255;
    *pixel(&picture, 0, 0) = 255;
    assert_true(susan_smooth(&picture, THRESHOLD, &result));
    assert_int_equal(*pixel(&result, 30, 20), 100);
    // At the border the pixel has itself for neighbours.
    assert_int_equal(*pixel(&result, 0, 0), 255);
}

static void a_picture_without_steps_has_no_edges_and_no_corners(void **state) {
    (void)state;
    struct susan_corner corner;
    size_t count;
    for (unsigned x = 0; x < WIDTH; x++) {
        rectangle_fill(x, 0, x + 1, HEIGHT, (uint8_t)(60 + x)); // a slope
    }
    assert_true(susan_edges(&picture, THRESHOLD, &result));
    assert_int_equal(count_nonzero(&result), 0);
    assert_true(susan_corners(&picture, THRESHOLD, &corner, 1, &count));
    assert_int_equal(count, 0);
}

static void a_step_gives_one_edge_of_one_pixel(void **state) {
    (void)state;
    rectangle_fill(0, 0, 32, HEIGHT, 50);
    rectangle_fill(32, 0, WIDTH, HEIGHT, 150);
    assert_true(susan_edges(&picture, THRESHOLD, &result));
    for (unsigned y = SUSAN_MARGIN; y < HEIGHT - SUSAN_MARGIN; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            assert_int_equal(*pixel(&result, x, y) != 0, x == 32);
        }
    }
}

static void a_level_step_and_a_slanting_one_give_edges(void **state) {
    (void)state;
    rectangle_fill(0, 0, WIDTH, 24, 50);
    rectangle_fill(0, 24, WIDTH, HEIGHT, 150);
    assert_true(susan_edges(&picture, THRESHOLD, &result));
    assert_int_equal(count_nonzero(&result), WIDTH - 2 * SUSAN_MARGIN);
    assert_true(*pixel(&result, 30, 24) != 0);
    for (unsigned y = 0; y < HEIGHT; y++) {
        rectangle_fill(0, y, y + 8, y + 1, 50);
        rectangle_fill(y + 8, y, WIDTH, y + 1, 150);
    }
    assert_true(susan_edges(&picture, THRESHOLD, &result));
    // Beside the margin a response has no neighbour to be weaker than.
    for (unsigned y = SUSAN_MARGIN + 1; y < HEIGHT - SUSAN_MARGIN - 1; y++) {
        for (unsigned x = SUSAN_MARGIN + 1; x < WIDTH - SUSAN_MARGIN - 1; x++) {
            assert_int_equal(*pixel(&result, x, y) != 0, x == y + 7 || x == y + 8);
        }
    }
}

// Its USAN is the line itself: the centre of gravity is on the nucleus, the second moments tell the
// direction.
static void a_line_gives_an_edge_on_the_line(void **state) {
    (void)state;
    rectangle_fill(0, 0, WIDTH, HEIGHT, 50);
    rectangle_fill(32, 0, 33, HEIGHT, 150);
    assert_true(susan_edges(&picture, THRESHOLD, &result));
    for (unsigned y = SUSAN_MARGIN; y < HEIGHT - SUSAN_MARGIN; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            assert_int_equal(*pixel(&result, x, y) != 0, x == 32);
        }
    }
}

static void a_step_below_the_threshold_is_none(void **state) {
    (void)state;
    rectangle_fill(0, 0, 32, HEIGHT, 100);
    rectangle_fill(32, 0, WIDTH, HEIGHT, 108);
    assert_true(susan_edges(&picture, THRESHOLD, &result));
    assert_int_equal(count_nonzero(&result), 0);
    assert_true(susan_edges(&picture, 4, &result));
    assert_int_equal(count_nonzero(&result), HEIGHT - 2 * SUSAN_MARGIN);
}

static void assert_rectangle_corners(uint8_t inside, uint8_t outside, unsigned noise) {
    static const unsigned expected[4][2] = {{20, 14}, {43, 14}, {20, 33}, {43, 33}};
    struct susan_corner corners[8];
    size_t count;
    rectangle_fill(0, 0, WIDTH, HEIGHT, outside);
    rectangle_fill(20, 14, 44, 34, inside);
    noise_add(noise);
    assert_true(susan_corners(&picture, THRESHOLD, corners, 8, &count));
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(corners[i].x, expected[i][0]);
        assert_int_equal(corners[i].y, expected[i][1]);
        assert_true(corners[i].response > 0);
    }
}

static void a_rectangle_has_its_four_corners_and_no_other(void **state) {
    (void)state;
    assert_rectangle_corners(180, 60, 0);
    assert_rectangle_corners(60, 180, 0);
    assert_rectangle_corners(180, 60, 3);
}

static void corners_beyond_the_room_are_counted(void **state) {
    (void)state;
    struct susan_corner corners[2] = {{0, 0, 0}, {0, 0, 0}};
    size_t count;
    rectangle_fill(0, 0, WIDTH, HEIGHT, 60);
    rectangle_fill(20, 14, 44, 34, 180);
    assert_true(susan_corners(&picture, THRESHOLD, corners, 1, &count));
    assert_int_equal(count, 4);
    assert_int_equal(corners[0].x, 20);
    assert_int_equal(corners[1].x, 0);
}

// All of it is border.
static void a_tiny_picture_is_no_trouble(void **state) {
    (void)state;
    struct picture tiny, smooth;
    struct susan_corner corner;
    size_t count = 1;
    assert_true(picture_make(&tiny, 1, 1) && picture_make(&smooth, 1, 1));
    tiny.pixels[0] = 77;
    assert_true(susan_smooth(&tiny, THRESHOLD, &smooth));
    assert_int_equal(smooth.pixels[0], 77);
    assert_true(susan_edges(&tiny, THRESHOLD, &smooth) &&
                susan_corners(&tiny, THRESHOLD, &corner, 1, &count));
    assert_int_equal(smooth.pixels[0], 0);
    assert_int_equal(count, 0);
    picture_free(&tiny);
    picture_free(&smooth);
}

static const char *read_text(const char *text, size_t length, struct picture *p) {
    FILE *file = fmemopen((void *)text, length, "r");
    const char *wrong = pgm_read(file, p);
    fclose(file);
    return wrong;
}

static void a_written_file_reads_as_the_same_picture(void **state) {
    (void)state;
    char *text = NULL;
    size_t length;
    struct picture read;
    picture_draw(&picture, 7);
    FILE *file = open_memstream(&text, &length);
    assert_true(pgm_write(file, &picture));
    fclose(file);
    assert_null(read_text(text, length, &read));
    assert_true(read.width == WIDTH && read.height == HEIGHT);
    assert_memory_equal(read.pixels, picture.pixels, WIDTH * HEIGHT);
    picture_free(&read);
    // Every file that ends too early is refused.
    for (size_t cut = 1; cut < length; cut++) {
        assert_non_null(read_text(text, length - cut, &read));
    }
    free(text);
}

static void comments_and_blanks_of_a_header_are_skipped(void **state) {
    (void)state;
    struct picture read;
    static const char text[] = "P5 # a comment\n#another 9\n2\t\r\n1 #\n255\nab";
    assert_null(read_text(text, sizeof(text) - 1, &read));
    assert_true(read.width == 2 && read.height == 1 && read.pixels[0] == 'a' && read.pixels[1] == 'b');
    picture_free(&read);
}

static void malformed_files_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "P2\n1 1\n255\na",
        "P5",
        "P5x1 1\n255\na",
        "P5\n0 1\n255\n",
        "P5\n1 0\n255\n",
        "P5\n-1 1\n255\na",
        "P5\n1",
        "P5\n1 1",
        "P5\n1 1\n0\na",
        "P5\n1 1\n256\nab",
        "P5\n1 1\n65535\nab",
        "P5\n8193 1\n255\na",
        "P5\n99999999999999999999 1\n255\na",
        "P5\n1 1\n255x",
        "P5\n1 1\n255",
        "P5\n1 1\n255\n",
        "P5\n2 2\n255\nabc",
        "P5\n1 1\n255\nab",
        "P5\n1 1\n90\na",
        "P5\n# no end",
        "P5\n1 1 255 #\na",
        "Q5\n1 1\n255\na",
    };
    struct picture read;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *wrong = read_text(texts[i], strlen(texts[i]), &read);
        if (wrong == NULL) {
            fail_msg("read: %s", texts[i]);
        }
    }
}

static void pictures_have_the_sizes_that_are_allowed(void **state) {
    (void)state;
    struct picture p;
    assert_false(picture_make(&p, 0, 1));
    assert_false(picture_make(&p, 1, 0));
    assert_false(picture_make(&p, PICTURE_SIDE_MAX + 1, 1));
    assert_true(picture_make(&p, PICTURE_SIDE_MAX, 1));
    picture_free(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(smoothing_preserves_constants),
        TEST(smoothing_keeps_steps_and_corners),
        TEST(smoothing_lessens_noise),
        TEST(a_lone_pixel_becomes_the_median_around_it),
        TEST(a_picture_without_steps_has_no_edges_and_no_corners),
        TEST(a_step_gives_one_edge_of_one_pixel),
        TEST(a_level_step_and_a_slanting_one_give_edges),
        TEST(a_line_gives_an_edge_on_the_line),
        TEST(a_step_below_the_threshold_is_none),
        TEST(a_rectangle_has_its_four_corners_and_no_other),
        TEST(corners_beyond_the_room_are_counted),
        TEST(a_tiny_picture_is_no_trouble),
        TEST(a_written_file_reads_as_the_same_picture),
        TEST(comments_and_blanks_of_a_header_are_skipped),
        TEST(malformed_files_are_refused),
        TEST(pictures_have_the_sizes_that_are_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
