/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every kind of transport there is: the one list of them.
 *
 * A new kind is a folder beside this file with a struct transport_ops, and a line here; the sources
 * of the folder are named in Makefile.am.
 */
#ifndef VHOST_TRANSPORT_KINDS_H
#define VHOST_TRANSPORT_KINDS_H

/* X(identifier, struct transport_ops, name as vblk_transport= has it, what it is for people). In
 * the order in which users are told of them. */
#define TRANSPORT_KINDS(X)                                                                  \
	X(VHOST_USER, vhost_user_ops, "vhost-user", "vhost-user socket")                    \
	X(VHOST_VDPA, vhost_vdpa_ops, "vhost-vdpa", "vhost-vdpa device, /dev/vhost-vdpa-N") \
	X(VFIO_PCI, vfio_pci_ops, "vfio-pci", "PCI function of vfio-pci, 0000\\:01\\:00.0")

#define TRANSPORT_KIND_ID(id, ops, name, help) TRANSPORT_##id,

/**
 * enum transport_kind - how a device is reached, TRANSPORT_ and an identifier from the list
 * @TRANSPORT_ANY: by whatever kind its file is of
 */
enum transport_kind { TRANSPORT_ANY, TRANSPORT_KINDS(TRANSPORT_KIND_ID) };

#undef TRANSPORT_KIND_ID

#endif
