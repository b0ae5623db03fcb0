// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See qsort.h. The C library's qsort is a merge sort in some versions, so this suite has its own.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <bench/suite/mibench/qsort.h>
#include <bench/suite/work.h>

// Below this, insertion is quicker than partitions.
#define INSERTION_MAX 8
#define WORD_LETTERS  12

struct array {
    uint8_t *base;
    size_t size;
    compare_fn *compare;
};

static uint8_t *element(const struct array *a, size_t i) {
    return a->base + i * a->size;
}

static void swap(const struct array *a, size_t i, size_t j) {
    uint8_t kept[QUICKSORT_SIZE_MAX];
    memcpy(kept, element(a, i), a->size);
    memcpy(element(a, i), element(a, j), a->size);
    memcpy(element(a, j), kept, a->size);
}

static void sort_by_insertion(const struct array *a, size_t first, size_t last) {
    for (size_t i = first + 1; i <= last; i++) {
        for (size_t j = i; j > first && a->compare(element(a, j - 1), element(a, j)) > 0; j--) {
            swap(a, j - 1, j);
        }
    }
}

// Puts first, middle and last in order. The middle one is the pivot; the others stop the scans.
static void order_three(const struct array *a, size_t first, size_t middle, size_t last) {
    if (a->compare(element(a, middle), element(a, first)) < 0) {
        swap(a, middle, first);
    }
    if (a->compare(element(a, last), element(a, middle)) < 0) {
        swap(a, last, middle);
        if (a->compare(element(a, middle), element(a, first)) < 0) {
            swap(a, middle, first);
        }
    }
}

// Hoare's partition. Returns the last index of the left part, whose elements are all at most the pivot, those
// right of it at least. Both parts have an element.
static size_t partition(const struct array *a, size_t first, size_t last) {
    uint8_t pivot[QUICKSORT_SIZE_MAX];
    size_t middle = first + (last - first) / 2, i = first, j = last;
    order_three(a, first, middle, last);
    memcpy(pivot, element(a, middle), a->size);
    for (;;) {
        do {
            i++;
        } while (a->compare(element(a, i), pivot) < 0);
        do {
            j--;
        } while (a->compare(element(a, j), pivot) > 0);
        if (i >= j) {
            return j;
        }
        swap(a, i, j);
    }
}

// The shorter part is sorted by recursion, the longer one by the loop: the depth is at most the logarithm of
// the count.
static void sort_range(const struct array *a, size_t first, size_t last) {
    while (last - first >= INSERTION_MAX) {
        size_t left = partition(a, first, last);
        if (left - first < last - left - 1) {
            sort_range(a, first, left);
            first = left + 1;
        } else {
            sort_range(a, left + 1, last);
            last = left;
        }
    }
    sort_by_insertion(a, first, last);
}

void quicksort(void *base, size_t count, size_t size, compare_fn *compare) {
    const struct array a = {base, size, compare};
    if (count > 1) {
        sort_range(&a, 0, count - 1);
    }
}

static int word_compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void words_sort(const char **words, size_t count) {
    quicksort(words, count, sizeof(*words), word_compare);
}

static int sign_of_difference(int32_t a, int32_t b) {
    return (a > b) - (a < b);
}

static int point_compare(const void *a, const void *b) {
    const struct point *p = a, *q = b;
    if (p->distance != q->distance) {
        return p->distance < q->distance ? -1 : 1;
    }
    int by_x = sign_of_difference(p->x, q->x), by_y = sign_of_difference(p->y, q->y);
    return by_x != 0 ? by_x : by_y != 0 ? by_y : sign_of_difference(p->z, q->z);
}

// A square root is exact to the last bit by IEEE 754, as multiplication and addition are.
static double distance(const struct point *p) {
    double x = p->x, y = p->y, z = p->z;
    return sqrt(x * x + y * y + z * z);
}

void points_sort(struct point *points, size_t count) {
    for (size_t i = 0; i < count; i++) {
        points[i].distance = distance(&points[i]);
    }
    quicksort(points, count, sizeof(*points), point_compare);
}

bool words_run(size_t count, uint64_t *checksum) {
    char *letters = malloc(count * (WORD_LETTERS + 1));
    const char **words = malloc(count * sizeof(*words));
    uint64_t seed = 1;
    *checksum = CHECKSUM_START;
    if (letters != NULL && words != NULL) {
        for (size_t i = 0; i < count; i++) {
            char *word = letters + i * (WORD_LETTERS + 1);
            uint32_t length = 1 + random_below(&seed, WORD_LETTERS);
            for (uint32_t k = 0; k < length; k++) {
                word[k] = (char)('a' + random_below(&seed, 26));
            }
            word[length] = '\0';
            words[i] = word;
        }
        words_sort(words, count);
        for (size_t i = 0; i < count; i++) {
            for (const char *c = words[i]; *c != '\0'; c++) {
                *checksum = checksum_add(*checksum, (uint8_t)*c);
            }
        }
    }
    bool sorted = letters != NULL && words != NULL;
    free(letters);
    free(words);
    return sorted;
}

bool points_run(size_t count, uint64_t *checksum) {
    struct point *points = malloc(count * sizeof(*points));
    uint64_t seed = 2;
    *checksum = CHECKSUM_START;
    for (size_t i = 0; points != NULL && i < count; i++) {
        int32_t at[3];
        for (size_t k = 0; k < 3; k++) {
            at[k] = (int32_t)random_below(&seed, 2000001) - 1000000;
        }
        points[i] = (struct point){at[0], at[1], at[2], 0.0};
    }
    bool sorted = points != NULL;
    if (sorted) {
        points_sort(points, count);
        for (size_t i = 0; i < count; i++) {
            *checksum = checksum_add(*checksum, (uint32_t)points[i].x);
            *checksum = checksum_add(*checksum, (uint32_t)points[i].y);
            *checksum = checksum_add(*checksum, (uint32_t)points[i].z);
        }
    }
    free(points);
    return sorted;
}
