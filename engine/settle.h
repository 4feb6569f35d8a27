/* SPDX-License-Identifier: GPL-2.0-only */
/* Applying the completion of a request to its io_u or command: status, error, and end of the io_u.
 */
#ifndef ENGINE_SETTLE_H
#define ENGINE_SETTLE_H

struct io_u;
struct vblk_queue;

char *settle_errdetails(const struct io_u *io_u);
void settle_error(void *arg, void *ctx, unsigned char status);
struct io_u *settle_tagged(struct vblk_queue *q, void *ctx);
void settle_unanswered(struct vblk_queue *q, struct io_u *io_u);

#endif
