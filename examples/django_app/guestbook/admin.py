from django.contrib import admin

from .models import Entry


class EntryAdmin(admin.ModelAdmin):
    list_display = ("name", "text", "written")
    list_filter = ("written",)
    search_fields = ("name", "text")


admin.site.register(Entry, EntryAdmin)
