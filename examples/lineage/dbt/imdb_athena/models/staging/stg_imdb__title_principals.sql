select
    tconst as title_id,
    try_cast(ordering as integer) as ordering,
    nconst as name_id,
    nullif(category, '\N') as job_category,
    nullif(job, '\N') as job_title,
    nullif(characters, '\N') as characters
from {{ source('imdb', 'title_principals') }}
where tconst is not null
