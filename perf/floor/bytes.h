// A growing array of bytes.
#include <stdlib.h>
#include <string.h>

struct bytes { unsigned char *data; size_t length, capacity; };

static void append(struct bytes *to, const void *data, size_t length) {
    if (to->length + length > to->capacity) {
        to->capacity = to->capacity < 256 ? 256 : to->capacity * 2;
        if (to->capacity < to->length + length) to->capacity = to->length + length;
        to->data = realloc(to->data, to->capacity);
    }
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

static void release(struct bytes *of) {
    free(of->data);
    *of = (struct bytes){0};
}
