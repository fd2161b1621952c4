from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from apps.pages.views import about, account, compare, dataset, jobs, regions, runs, splits, tiles, uploads, viewer

urlpatterns = [
    path("", viewer.map_viewer, name="map"),
    path("dataset/", dataset.dataset, name="dataset"),
    path("tiles/<int:pk>/", tiles.tile_detail, name="tile"),
    path("tiles/<int:pk>/panel/", tiles.tile_panel, name="tile-panel"),
    path("regions/<slug:slug>/", regions.region_detail, name="region"),
    path("splits/", splits.split_list, name="splits"),
    path("splits/<int:pk>/", splits.split_detail, name="split"),
    path("splits/<int:pk>/<slug:subset>_stats.csv", splits.split_statistics, name="split-statistics"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.run_detail, name="run"),
    path("compare/", compare.compare, name="compare"),
    path("compare/scores.csv", compare.compare_csv, name="compare-csv"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/new/<slug:kind>/", jobs.job_new, name="job-new"),
    path("jobs/<int:pk>/", jobs.job_detail, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("jobs/<int:pk>/process/", jobs.job_process, name="job-process"),
    path("jobs/<int:pk>/retry/", jobs.job_retry, name="job-retry"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<int:pk>/delete/", uploads.upload_delete, name="upload-delete"),
    path("about/", about.about, name="about"),
    path("account/", account.account, name="account"),
    path("account/tokens/<int:pk>/revoke/", account.revoke, name="token-revoke"),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
