/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes of REST do, one function each, by the file that has it. */
#ifndef CW_COLLECTOR_API_HANDLERS_H
#define CW_COLLECTOR_API_HANDLERS_H

struct api;

/* document.c */
int document_get(struct api *q);
/* session.c */
int session_login(struct api *q);
int session_get(struct api *q);
int session_logout(struct api *q);
int session_password(struct api *q);
/* oidc.c */
int oidc_ways(struct api *q);
int oidc_login(struct api *q);
int oidc_callback(struct api *q);
/* setup.c */
int setup_admin(struct api *q);
/* users.c */
int users_list(struct api *q);
int users_add(struct api *q);
int users_get(struct api *q);
int users_change(struct api *q);
int users_remove(struct api *q);
/* access.c */
int access_list(struct api *q);
int access_add(struct api *q);
int access_remove(struct api *q);
/* enrolment.c */
int enrolment_list(struct api *q);
int enrolment_add(struct api *q);
int enrolment_remove(struct api *q);
/* inventory.c */
int inventory_certificates(struct api *q);
int inventory_locations(struct api *q);
int inventory_endpoints(struct api *q);
int inventory_hosts(struct api *q);
int inventory_commands(struct api *q);
int inventory_events(struct api *q);
int inventory_fields(struct api *q);
/* certificates.c */
int certificates_get(struct api *q);
int certificates_places(struct api *q);
int certificates_history(struct api *q);
/* statistics.c */
int statistics_get(struct api *q);
/* hosts.c */
int hosts_get(struct api *q);
int hosts_coverage(struct api *q);
int hosts_revoke(struct api *q);
/* commands.c, commands_make.c */
int commands_get(struct api *q);
int commands_add(struct api *q);
int commands_cancel(struct api *q);
int commands_sign(struct api *q);
int commands_approve(struct api *q);
int keys_list(struct api *q);
/* saved.c */
int saved_list(struct api *q);
int saved_put(struct api *q);
int saved_remove(struct api *q);
/* alerts.c */
int alerts_list(struct api *q);
int alerts_messages(struct api *q);
int alerts_rules(struct api *q);
int alerts_silences(struct api *q);
int alerts_silence(struct api *q);
int alerts_unsilence(struct api *q);
/* log.c */
int log_list(struct api *q);
int log_head(struct api *q);

#endif
