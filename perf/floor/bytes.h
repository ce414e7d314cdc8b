// A growing array of bytes.
#include <stdlib.h>
#include <string.h>

struct bytes { unsigned char *data; size_t length, capacity; };

// Where the next bytes go, with room for so many.
static unsigned char *reserve(struct bytes *of, size_t length) {
    if (of->length + length > of->capacity) {
        of->capacity = of->capacity < 256 ? 256 : of->capacity * 2;
        if (of->capacity < of->length + length) of->capacity = of->length + length;
        of->data = realloc(of->data, of->capacity);
    }
    return of->data + of->length;
}

static void append(struct bytes *to, const void *data, size_t length) {
    memcpy(reserve(to, length), data, length);
    to->length += length;
}

static void release(struct bytes *of) {
    free(of->data);
    *of = (struct bytes){0};
}
