select
    tconst as title_id,
    titletype as title_type,
    nullif(primarytitle, '\N') as primary_title,
    nullif(originaltitle, '\N') as original_title,
    isadult = '1' as is_adult,
    try_cast(nullif(startyear, '\N') as integer) as start_year,
    try_cast(nullif(endyear, '\N') as integer) as end_year,
    try_cast(nullif(runtimeminutes, '\N') as integer) as runtime_minutes,
    nullif(genres, '\N') as genres
from {{ source('imdb', 'title_basics') }}
where tconst is not null
